import type { Named, NDArray } from "@gmem/tensor";
import { decodeNpy, encodeNpy } from "./npy.ts";
import { opening } from "./opening.ts";
import { WeightsError } from "./weights-error.ts";
import { readZipDirectory } from "./zip-directory.ts";
import { readZipEntry } from "./zip-read.ts";
import { writeZip } from "./zip-write.ts";

/**
 * Reads every array of an `.npz` file, compressed or not.
 * @throws {WeightsError} code `FORMAT` for a malformed file or another element type, `WEIGHTS` for one that cannot be read.
 * @example
 * await writeNpz("stats.npz", { mu: array([1, 2]), sigma: array([1, 0, 0, 1], [2, 2], "f64") });
 * const { mu } = await readNpz("stats.npz"); // f32 [2]
 */
export const readNpz = (path: string): Promise<Named<NDArray>> =>
  opening(path, async (handle, size) => {
    const file = { fd: handle.fd, size, file: path };
    const arrays = new Map<string, NDArray>();
    for (const entry of readZipDirectory(file).values()) {
      const name = arrayName(entry.name, path);
      arrays.set(name, decodeNpy(readZipEntry(file, entry), `${path}: ${entry.name}`));
    }
    await handle.close();
    return Object.fromEntries(arrays);
  });

/** The array that an entry of an archive holds. @throws {WeightsError} code `FORMAT` */
export function arrayName(entry: string, file: string): string {
  if (entry.endsWith(".npy") && entry !== "__proto__.npy") return entry.slice(0, -".npy".length);
  throw new WeightsError("FORMAT", {
    file,
    rule: "npz: an archive of arrays holds files NAME.npy",
    found: entry.slice(0, 200),
  });
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
