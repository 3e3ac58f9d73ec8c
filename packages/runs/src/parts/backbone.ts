import type { DitBackbone } from "@gmem/backbones/dit";
import { dataAtOne } from "@gmem/model";
import type { Backbone, LatentShape, PartContexts, Prediction } from "@gmem/spec";
import type { z } from "zod";
import { byKind } from "../config/by-kind.ts";
import type { objective } from "../config/objective.ts";
import { ditKind } from "./backbone/dit.ts";
import { lightningDitKind } from "./backbone/lightning-dit.ts";
import { sanaKind } from "./backbone/sana.ts";
import { sitKind } from "./backbone/sit.ts";
import { module, openModule } from "./module.ts";

const kinds = { sit: sitKind, "lightning-dit": lightningDitKind, dit: ditKind, sana: sanaKind } as const;

export const backbone = byKind([sitKind.schema, lightningDitKind.schema, ditKind.schema, sanaKind.schema, module]);

type Settings = {
  readonly backbone: z.output<typeof backbone>;
  readonly objective: z.output<typeof objective>;
};

/** The network of a run, for latents of this shape, its time running from data (0) to noise (1). */
export async function openBackbone(config: Settings, latent: LatentShape): Promise<Backbone> {
  const { backbone: settings, objective } = config;
  const context = contextOf(objective, latent);
  if (settings.kind === "module") return openModule("backbone", settings, context);
  const opened: Backbone = kinds[settings.kind].open(settings as never, context);
  return settings.time === "data0" ? opened : dataAtOne(opened, { prediction: predictionOf(config) });
}

/** What the network's output is: a DiT's is noise, the others' is what the loss compares. */
export const predictionOf = ({ backbone: { kind }, objective: { loss } }: Settings): Prediction =>
  kind === "dit" || loss === "ddpm" ? "noise" : loss;

/** A DiT with its denoiser of integer steps; undefined for the networks of continuous time. */
export function openDit({ backbone: settings, objective }: Settings, latent: LatentShape): DitBackbone | undefined {
  if (settings.kind !== "dit") return undefined;
  return ditKind.open(settings, contextOf(objective, latent));
}

const contextOf = ({ repa }: Settings["objective"], latent: LatentShape): PartContexts["backbone"] => ({
  latent,
  ...(repa ? { tapAfter: repa.depth } : {}),
});
