import type { VelocityModel } from "@gmem/spec";
import type { RunConfig } from "../config/schema.ts";
import { predictionOf } from "../parts/backbone.ts";

/** Metadata of `model.safetensors`: what a stranger needs to use the file without us. */
export function modelMetadata(
  config: RunConfig,
  {
    backbone,
    encoderId,
    textEncoderId,
  }: Pick<VelocityModel, "backbone"> & {
    readonly encoderId?: string | undefined;
    readonly textEncoderId?: string | undefined;
  },
): Record<string, string> {
  const { loss, interpolant } = config.objective;
  return {
    architecture: backbone.name,
    config: JSON.stringify(backbone.config),
    conditioner: config.conditioner.kind,
    adapter: JSON.stringify(config.adapter),
    ...(config.conditioner.kind === "t2s" && { t2s: JSON.stringify({ gain: config.conditioner.gain }) }),
    prediction: predictionOf(config),
    interpolant: loss === "ddpm" ? "vp" : interpolant,
    time_direction: config.backbone.kind === "module" ? "data0" : config.backbone.time,
    latents: JSON.stringify({
      tokenizer: config.tokenizer.kind,
      ...(config.tokenizer.kind === "trained" && { id: config.tokenizer.id }),
    }),
    weights: "ema",
    ...(encoderId === undefined ? {} : { encoder: encoderId }),
    ...(textEncoderId === undefined ? {} : { text_encoder: textEncoderId }),
  };
}
