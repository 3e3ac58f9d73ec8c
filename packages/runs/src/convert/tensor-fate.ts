import type { Named } from "@gmem/tensor";
import type { TensorEntry } from "@gmem/weights";
import type { TensorFate } from "./conversion.ts";

/** The part of a model that a parameter belongs to, by its name. */
export function partOf(name: string): TensorFate["becomes"] {
  if (/^(pos_embed$|feat_rope\.)/.test(name)) return "table";
  if (name.startsWith("condition_projection.")) return "S-Adapter";
  if (name.startsWith("y_embedder.")) return "class table";
  return /^projectors?\./.test(name) ? "projector" : "backbone";
}

/**
 * What becomes of every tensor of a file. `newName` gives the name of a tensor that is kept, and undefined for one that is
 * not used.
 */
export const fates = (
  tensors: Named<TensorEntry>,
  newName: (name: string) => string | undefined,
): readonly TensorFate[] =>
  Object.entries(tensors).map(([name, { dtype, shape }]) => {
    const as = newName(name);
    if (as === undefined) return { name, dtype, shape, becomes: "not used" };
    return { name, dtype, shape, becomes: partOf(as), ...(as === name ? {} : { as }) };
  });
