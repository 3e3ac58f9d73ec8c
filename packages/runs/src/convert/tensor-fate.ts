import { partOf } from "@gmem/nn";
import type { Named } from "@gmem/tensor";
import type { TensorEntry } from "@gmem/weights";
import type { TensorFate } from "./conversion.ts";

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
