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
    ...textsMetadata(config.conditioner),
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

/** How texts are read, where shapes do not tell it. */
export function textsMetadata({ kind, gain = 1, connector }: TextsSettings): { readonly t2s?: string } {
  if (kind !== "t2s" && kind !== "captions") return {};
  return { t2s: JSON.stringify({ ...(kind === "t2s" && { gain }), ...(connector ? { connector } : {}) }) };
}

interface TextsSettings {
  readonly kind?: unknown;
  readonly gain?: unknown;
  readonly connector?: unknown;
}
