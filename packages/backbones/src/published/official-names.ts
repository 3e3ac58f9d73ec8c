import { partOf } from "@gmem/nn";
import type { Named } from "@gmem/tensor";
import { checkTensors, mapNames } from "@gmem/weights";
import { type CheckpointDescription, parameterAvals } from "./description.ts";
import type { Shaped } from "./measure.ts";
import { officialSanaTensors, ourSanaTensors, type SanaNames } from "./sana-tensors.ts";

/** Parameters by what they belong to; together they are those of a `velocityModel`. */
export interface CheckpointParts<T> {
  readonly backbone: Named<T>;
  /** Class table, S-Adapter or adapter of text; empty without a conditioner. */
  readonly conditioner: Named<T>;
  /** REPA's heads, which sampling does without. */
  readonly projector: Named<T>;
}

const part = (name: string): keyof CheckpointParts<unknown> => {
  const found = partOf(name);
  if (found === "projector") return "projector";
  return ["S-Adapter", "class table", "text adapter"].includes(found) ? "conditioner" : "backbone";
};

/** Names of older REPA files, `decoder_blocks.{i}`, as the blocks that they are, `blocks.{i + from}`; others as they are. */
export function ourNames<T>(tensors: Named<T>, from: number | undefined): Named<T> {
  if (from === undefined) return tensors;
  return mapNames(tensors, (name) =>
    name.replace(/^decoder_blocks\.(\d+)\./, (_, i: string) => `blocks.${Number(i) + from}.`),
  );
}

function officialNames<T>(parameters: Named<T>, from: number | undefined): Named<T> {
  if (from === undefined) return parameters;
  return mapNames(parameters, (name) =>
    name.replace(/^blocks\.(\d+)\./, (whole, i: string) =>
      Number(i) < from ? whole : `decoder_blocks.${Number(i) - from}.`,
    ),
  );
}

/**
 * Tensors of a checkpoint as parameters, by part. Tensors are handed through as they are, views of rows where the original
 * Sana has several in one; anything with a shape will do, so that names can be checked before numbers are read. The network's tables (`pos_embed`, `feat_rope.*`) are among them.
 * @throws {TensorsError} code `WEIGHTS` naming everything that does not fit the description.
 * @example
 * // no-run
 * import { readSafetensors } from "@gmem/weights";
 * const { tensors } = await readSafetensors("SiT-XL-2-256.safetensors");
 * const { backbone, conditioner } = toBackbone(tensors, identifyCheckpoint(tensors));
 */
export function toBackbone<T extends Shaped>(
  tensors: Named<T>,
  description: CheckpointDescription,
): CheckpointParts<T> {
  const { names, decoderFrom } = description;
  const parameters = names ? ourSanaTensors(tensors, names) : ourNames(tensors, decoderFrom);
  checkTensors(parameters, parameterAvals(description), "toBackbone");
  const parts = { backbone: {}, conditioner: {}, projector: {} } as Record<keyof CheckpointParts<T>, Record<string, T>>;
  for (const [name, value] of Object.entries(parameters)) parts[part(name)][name] = value;
  return parts;
}

/**
 * Parameters under the names of the checkpoint that the description is of: the inverse of {@link toBackbone}, its parts
 * spread into one record. A description without `projectors` writes a checkpoint for sampling.
 * @throws {TensorsError} code `WEIGHTS` naming everything that does not fit the description.
 * @example
 * // no-run
 * import type { Params } from "@gmem/spec";
 * declare const [parameters, description]: [Params<NDArray>, CheckpointDescription];
 * const official = fromBackbone(parameters, description);
 */
export function fromBackbone<T extends Shaped>(parameters: Named<T>, description: CheckpointDescription): Named<T> {
  checkTensors(parameters, parameterAvals(description), "fromBackbone");
  return underTheirNames(parameters, description);
}

const underTheirNames = <T extends Shaped>(
  parameters: Named<T>,
  { names, decoderFrom }: { readonly names?: SanaNames; readonly decoderFrom?: number },
): Named<T> => (names ? officialSanaTensors(parameters, names) : officialNames(parameters, decoderFrom));

/**
 * Names and shapes of the tensors of a checkpoint, by its own names.
 * @example
 * const config = { ...sitS, latent: [4, 32, 32], patchSize: 2 } as const;
 * const avals = checkpointAvals({
 *   family: "sit", config, conditioner: { kind: "memory-bank", snippetDim: 768 },
 *   timeDirection: "data1", ambiguous: [],
 * });
 * avals["condition_projection.linear.weight"]; // [384,768]
 */
export const checkpointAvals = (description: CheckpointDescription): ReturnType<typeof parameterAvals> =>
  underTheirNames(parameterAvals(description), description);
