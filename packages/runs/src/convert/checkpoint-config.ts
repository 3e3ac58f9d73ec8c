import { basename, dirname } from "node:path";
import type { CheckpointDescription } from "@gmem/backbones/published";
import { GMemError } from "@gmem/tensor";
import { followTokenizer } from "../config/follow-tokenizer.ts";
import { withoutOtherKinds } from "../config/known-keys.ts";
import { checkConfig, presetTrees } from "../config/load.ts";
import { applyOverrides } from "../config/overrides.ts";
import { type RunConfig, runSchema } from "../config/schema.ts";
import { merge, type Tree } from "../config/tree.ts";
import { latentShape } from "../parts/tokenizer.ts";

interface CheckpointPlace {
  readonly out: string;
  readonly settings: readonly string[];
  /** What a file that we wrote says of the run that it was. */
  readonly run?: Tree;
}

/**
 * The configuration of a run with the network of a checkpoint: the paper's preset of its family, what names and shapes say,
 * a tokenizer whose latents have its channels, and settings last.
 * @throws {GMemError} code `CONFIG` if no latents of the tokenizer have the checkpoint's shape, with what to set.
 */
export async function checkpointConfig(
  description: CheckpointDescription,
  { out, settings, run = {} }: CheckpointPlace,
): Promise<RunConfig> {
  const base: Tree = {
    ...presetTrees()[presetOf[description.family]],
    ...placeOf(out),
    data: "none",
    tokenizer: tokenizerOf(description),
    ...conditionerOf(description),
    ...networkOf(description),
    ...run,
  };
  const set = await followTokenizer(withoutOtherKinds(runSchema, base, applyOverrides(base, settings)));
  const isSized = run.image !== undefined || settings.some((setting) => setting.startsWith("image.size="));
  const config = checkConfig(isSized ? set : merge(set, { image: { size: await sizeOf(set, description) } }), out);
  const [found, wanted] = [await latentShape(config), description.config.latent];
  if (String(found) === String(wanted)) return config;
  throw new GMemError(
    "CONFIG",
    `convert: latents of tokenizer.kind=${config.tokenizer.kind} at image.size=${config.image.size} must be those of the checkpoint, [${wanted}], got [${found}]; set tokenizer.kind, image.size or, for another width, tokenizer.network='{latentChannels: ${wanted[0]}}'`,
  );
}

/** Whose path, loss and solver a network of the family is used with. */
const presetOf = {
  sit: "in256-sit-XL",
  dit: "in256-sit-XL",
  "lightning-dit": "in256-ldit-XL",
  sana: "openuni-l",
} as const;

/** Name and parent of a run folder, as its configuration has them. */
export const placeOf = (out: string): Tree => ({
  name: basename(out).replace(/[^\w.-]/g, "_"),
  runs: dirname(out),
});

/** By the channels of the latents: pixels, SD-VAE, VA-VAE or DC-AE; the preset's where nothing is known. */
function tokenizerOf({ family, config: { latent } }: CheckpointDescription): Tree {
  switch (latent[0]) {
    case 3:
      return { kind: "pixels" };
    case 4:
      return { kind: "sd-vae" };
    case 32:
      if (family === "sana") return { kind: "dc-ae", variant: "sana" };
      return family === "lightning-dit" ? { kind: "va-vae" } : { kind: "dc-ae" };
    case 128:
      return { kind: "dc-ae", variant: "f64c128" };
    default:
      return { kind: family === "lightning-dit" ? "va-vae" : "sd-vae" };
  }
}

/** Pixels of a side, so that latents are as high as the checkpoint's. */
async function sizeOf(set: Tree, { config: { latent } }: CheckpointDescription): Promise<number> {
  const probe = 2 ** 20;
  const { tokenizer, image } = checkConfig(merge(set, { image: { size: probe } }), "convert");
  return latent[1] * Math.round(probe / (await latentShape({ tokenizer, image }))[1]);
}

/** DINOv2 by the width of its class token. */
const encoders: Readonly<Record<number, string>> = {
  384: "vit-s/14",
  768: "vit-b/14",
  1024: "vit-l/14",
  1536: "vit-g/14",
};

function conditionerOf({ conditioner }: CheckpointDescription): Tree {
  if (conditioner.kind === "none") return { conditioner: { kind: "unconditional" } };
  if (conditioner.kind === "class-table")
    return { conditioner: { kind: "class-table", dropProbability: conditioner.nullRow ? 0.1 : 0 } };
  if (conditioner.kind === "captions")
    return {
      conditioner: { kind: "captions", connector: conditioner.connector ? { ...conditioner.connector } : null },
      textEncoder: null,
      start: null,
    };
  const { kind, snippetDim } = conditioner;
  return {
    conditioner: { kind, ...(kind === "t2s" && { hidden: conditioner.hidden }) },
    ...(encoders[snippetDim] && { encoder: dinov2Of(snippetDim) }),
  };
}

const dinov2Of = (width: number): Tree => ({ kind: "dinov2", ...(encoders[width] && { variant: encoders[width] }) });

/** Backbone, and what of the preset depends on it. */
function networkOf(description: CheckpointDescription): Tree {
  const { family, config, timeDirection, projectors = [] } = description;
  const [projector] = projectors;
  const { latent: _, tapAfter, ...own } = config;
  const backbone = { kind: family, ...own, time: timeDirection === "data1" ? "data1" : "data0" };
  if (family === "sana") return { backbone };
  const preset = presetTrees()[presetOf[family]];
  const usual = projector?.at === "projectors.0" ? 8 : 4; // REPA; the GMem code
  const repa = projector
    ? {
        coefficient: 0.5,
        depth: tapAfter ?? Math.min(usual, config.depth),
        hidden: projector.hidden,
        ...(projectors.length > 1 && { encoders: projectors.map(({ width }) => dinov2Of(width)) }),
      }
    : null;
  const objective = merge(preset?.objective as Tree, { repa });
  if (family !== "dit") return { backbone, objective };
  return {
    backbone,
    objective: merge(objective, { loss: "ddpm", interpolant: "vp" }),
    sampler: { solver: "ancestral", steps: 250 },
  };
}
