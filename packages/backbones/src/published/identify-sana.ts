import type { LatentShape } from "@gmem/spec";
import { GMemError, type Named, type Shape } from "@gmem/tensor";
import type { SanaConfig } from "../sana/config.ts";
import { sana06B, sana16B } from "../sana/sizes.ts";
import type { CheckpointDescription } from "./description.ts";
import { blockCount, type Shaped } from "./measure.ts";
import type { IdentifyOptions } from "./open-questions.ts";
import type { SanaNames } from "./sana-tensors.ts";

/** Sana of any size by tensors under our names, with OpenUni's queries and connector where they are. */
export function identifySana(
  tensors: Named<Shaped>,
  { names, options }: { readonly names: SanaNames; readonly options: IdentifyOptions },
): CheckpointDescription {
  const shape = (name: string): Shape => (Object.hasOwn(tensors, name) ? (tensors[name]?.shape ?? []) : []);
  const needed = ["patch_embed.proj.weight", "caption_projection.linear_1.weight", point];
  const missing = needed.filter((name) => shape(name).length === 0);
  if (missing.length > 0) throw incomplete(missing, names);
  const { family, classes, tapAfter, timeDirection } = options;
  if (family !== undefined && family !== "sana") refuse("family must be sana for blocks with cross-attention", family);
  if (timeDirection !== undefined && timeDirection !== "data0")
    refuse("timeDirection must be data0, for Sana has noise at t = 1", timeDirection);
  for (const [name, value] of Object.entries({ classes, tapAfter }))
    if (value !== undefined) refuse(`${name} is not for Sana, which has neither classes nor REPA's head`, `${value}`);
  const [hiddenSize = 0, channels = 0, patchSize = 0] = shape("patch_embed.proj.weight");
  const [, contextDim = 0] = shape("caption_projection.linear_1.weight");
  const config: SanaConfig = {
    latent: latentOf([channels, patchSize], options.latent),
    patchSize,
    depth: blockCount(Object.keys(tensors), "transformer_blocks"),
    hiddenSize,
    ...headsOf(hiddenSize, options),
    contextDim,
    mlpRatio: ratioOf(shape(point)[1] ?? 0, hiddenSize),
  };
  const ambiguous = assumed(config, options);
  return {
    family: "sana",
    config,
    conditioner: captionsOf(shape, { tensors, options }),
    timeDirection: "data0",
    names,
    ambiguous,
  };
}

const point = "transformer_blocks.0.ff.conv_point.weight";
const published = [sana06B, sana16B];
/** Of pictures of 512 pixels. */
const usualSide = 16;

function latentOf([channels, patchSize]: readonly [number, number], asked: LatentShape | undefined): LatentShape {
  if (!asked) return [channels, usualSide, usualSide];
  if (asked[0] === channels && asked[1] % patchSize === 0 && asked[2] % patchSize === 0) return asked;
  return refuse(`latent must have ${channels} channels and sides in patches of ${patchSize}`, `[${asked}]`);
}

function headsOf(D: number, options: IdentifyOptions): { readonly heads: number; readonly crossHeads: number } {
  const size = published.find(({ hiddenSize }) => hiddenSize === D);
  const heads = options.heads ?? size?.heads ?? D / 32;
  const crossHeads = options.crossHeads ?? size?.crossHeads ?? Number.NaN;
  const divides = (count: number): boolean => Number.isInteger(count) && count > 0 && D % count === 0;
  if (!divides(heads))
    refuse(`heads must be given and divide D = ${D}, in no heads of 32`, `${options.heads ?? "none"}`);
  if (!divides(crossHeads))
    refuse(`crossHeads must be given and divide D = ${D}: no shape shows them`, `${options.crossHeads ?? "none"}`);
  return { heads, crossHeads };
}

/** Such that rounding down gives the units again. */
const ratioOf = (units: number, D: number): number =>
  Math.floor(D * (units / D)) === units ? units / D : (units + 0.5) / D;

/** Tokens of a text as they are, or what queries read of them. */
function captionsOf(
  shape: (name: string) => Shape,
  { tensors, options }: { readonly tensors: Named<Shaped>; readonly options: IdentifyOptions },
): Extract<CheckpointDescription["conditioner"], { kind: "captions" }> {
  const [queries, hiddenSize] = shape("t2s.meta_queries");
  if (queries === undefined || hiddenSize === undefined) return { kind: "captions" };
  const heads = options.connectorHeads ?? hiddenSize / 64;
  if (!Number.isInteger(heads) || hiddenSize % heads !== 0)
    refuse(
      `connectorHeads must be given and divide ${hiddenSize}, in no heads of 64`,
      `${options.connectorHeads ?? "none"}`,
    );
  const [intermediateSize = 0] = shape("t2s.connector.layers.0.mlp.fc1.weight");
  const layers = blockCount(Object.keys(tensors), "t2s.connector.layers");
  return { kind: "captions", connector: { queries, hiddenSize, layers, heads, intermediateSize } };
}

function assumed(config: SanaConfig, options: IdentifyOptions): readonly string[] {
  const { hiddenSize: D, heads, latent } = config;
  const isPublished = published.some(({ hiddenSize }) => hiddenSize === D);
  return [
    ...(options.latent ? [] : [`latent: taken as ${latent}, of 512 pixels; Sana has no position table that shows it`]),
    ...(options.heads !== undefined || isPublished
      ? []
      : [`heads: taken as ${heads}, ${D / heads} wide; no shape shows them`]),
  ];
}

function incomplete(missing: readonly string[], names: SanaNames): GMemError {
  const found = names === "openuni" ? "OpenUni's queries without the network, transformer.…" : `the names of ${names}`;
  const advice =
    names === "openuni"
      ? "put connector, queries and network into one file, as OpenUni saves what it has fine-tuned"
      : "take the whole network";
  return new GMemError("WEIGHTS", `identifyCheckpoint: a Sana has ${missing.join(", ")}, got ${found}; ${advice}`);
}

function refuse(rule: string, got: string): never {
  throw new GMemError("CONFIG", `identifyCheckpoint: ${rule}, got ${got}`);
}
