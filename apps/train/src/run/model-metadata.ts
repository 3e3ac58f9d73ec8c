import type { RunConfig } from "../config/schema.ts";
import { makeBackbone, predictionOf } from "./make-backbone.ts";
import { latentShape } from "./make-tokenizer.ts";

/** Metadata of `model.safetensors`: what a stranger needs to use the file without us. */
export function modelMetadata(config: RunConfig, encoderId?: string): Record<string, string> {
  const { loss, interpolant } = config.objective;
  const backbone = makeBackbone(config, latentShape(config));
  return {
    architecture: backbone.name,
    config: JSON.stringify(backbone.config),
    conditioner: config.conditioner.kind,
    adapter: JSON.stringify(config.adapter),
    prediction: predictionOf(config),
    interpolant: loss === "ddpm" ? "vp" : interpolant,
    time_direction: config.backbone.time,
    latents: JSON.stringify({ tokenizer: config.tokenizer.kind }),
    weights: "ema",
    ...(encoderId === undefined ? {} : { encoder: encoderId }),
  };
}
