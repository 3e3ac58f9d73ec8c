import { type DitBackbone, dit } from "@gmem/backbones/dit";
import { lightningDit } from "@gmem/backbones/lightning-dit";
import { sit } from "@gmem/backbones/sit";
import { dataAtOne } from "@gmem/model";
import { type Ddpm, ddpm } from "@gmem/samplers";
import type { Backbone, LatentShape, Prediction } from "@gmem/spec";
import type { RunConfig } from "../config/schema.ts";

/** The network of a run, for latents of this shape, its time running from data (0) to noise (1). */
export function makeBackbone(config: Pick<RunConfig, "backbone" | "objective">, latent: LatentShape): Backbone {
  const backbone = bare(config, latent);
  return config.backbone.time === "data0" ? backbone : dataAtOne(backbone, { prediction: predictionOf(config) });
}

/** What the network's output is: a DiT's is noise, the others' is what the loss compares. */
export const predictionOf = ({ backbone, objective }: Pick<RunConfig, "backbone" | "objective">): Prediction =>
  backbone.kind === "dit" || objective.loss === "ddpm" ? "noise" : objective.loss;

/** A DiT with its denoiser of integer steps; undefined for the networks of continuous time. */
export function makeDit(
  config: Pick<RunConfig, "backbone" | "objective">,
  latent: LatentShape,
): DitBackbone | undefined {
  return config.backbone.kind === "dit" ? (bare(config, latent) as DitBackbone) : undefined;
}

/** The discrete process of a DiT, all its steps or so many of them. */
export function processOf({ config }: DitBackbone, kept?: number): Ddpm {
  const steps = config.steps as number;
  return ddpm({
    ...{ steps, variance: config.learnSigma === true ? "learned-range" : "fixed-large" },
    ...(kept !== undefined && kept < steps ? { respacing: kept } : {}),
  });
}

function bare(
  { backbone: settings, objective: { repa } }: Pick<RunConfig, "backbone" | "objective">,
  latent: LatentShape,
) {
  const tap = repa ? { tapAfter: repa.depth } : {};
  const { time: _, ...rest } = settings;
  switch (rest.kind) {
    case "sit": {
      const { kind: __, ...own } = rest;
      return sit({ ...own, ...tap, latent });
    }
    case "lightning-dit": {
      const { kind: __, ...own } = rest;
      return lightningDit({ ...own, ...tap, latent });
    }
    case "dit": {
      const { kind: __, ...own } = rest;
      return dit({ ...own, ...tap, latent });
    }
  }
}
