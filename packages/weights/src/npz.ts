import type { Named, NDArray } from "@gmem/tensor";
import { encodeNpy } from "./npy.ts";
import { openNpz } from "./open-npz.ts";
import { readAll } from "./read-all.ts";
import { writeZip } from "./zip-write.ts";

/**
 * Reads every array of numbers or booleans of an `.npz` file, compressed or not; arrays of text, objects, records or complex
 * numbers are left out (`openWeights` lists them).
 * @throws {WeightsError} code `FORMAT` for a malformed file, `WEIGHTS` for one that cannot be read.
 * @example
 * await writeNpz("stats.npz", { mu: array([1, 2]), sigma: array([1, 0, 0, 1], [2, 2], "f64") });
 * const { mu } = await readNpz("stats.npz"); // f32 [2]
 */
export async function readNpz(path: string): Promise<Named<NDArray>> {
  const file = await openNpz(path);
  try {
    return (await readAll(file)).tensors;
  } finally {
    await file.close();
  }
}

/**
 * Writes arrays as `numpy.savez` does, uncompressed, complete or not at all.
 * @throws {WeightsError} code `DISK_FULL` when there is no room, else `WEIGHTS`; the old file is untouched.
 * @example
 * await writeNpz("stats.npz", { mu: array([1, 2]) });
 */
export function writeNpz(path: string, arrays: Named<NDArray>): Promise<void> {
  return writeZip(
    path,
    Object.entries(arrays).map(([name, value]) => [`${name}.npy`, encodeNpy(value)] as const),
  );
}
