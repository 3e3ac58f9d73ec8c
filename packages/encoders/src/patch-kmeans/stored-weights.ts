import { checkFinite } from "@gmem/tensor";
import { openSafetensors, readSafetensors, writeSafetensors } from "@gmem/weights";
import { type PatchKmeansWeights, sizesOf } from "./weights.ts";

/**
 * Writes learned weights to a safetensors file; `origin` says what they were learned from, in the caller's words.
 * @throws {WeightsError} code `DISK_FULL` when there is no room, else `WEIGHTS`.
 * @example
 * const weights = await fitPatchKmeans(key(0).uniform([8, 3, 6, 6]), { dim: 2, clusters: 3, patchSize: 3, patches: 24 });
 * await savePatchKmeans("encoder.safetensors", weights);
 */
export const savePatchKmeans = (
  path: string,
  weights: PatchKmeansWeights,
  { origin }: { readonly origin?: string } = {},
): Promise<void> =>
  writeSafetensors(path, weights, {
    metadata: { format: "gmem/patch-kmeans", ...(origin === undefined ? {} : { origin }) },
  });

/**
 * What {@link savePatchKmeans} was told of the origin of a file's weights.
 * @throws {WeightsError} for a malformed file.
 */
export async function originOfPatchKmeans(path: string): Promise<string | undefined> {
  const file = await openSafetensors(path);
  await file.close();
  return file.metadata.origin;
}

/**
 * Reads weights back.
 * @throws {WeightsError} for a malformed file; {GMemError} code `WEIGHTS` for a file of something else, `NON_FINITE`.
 * @example
 * // no-run
 * const encoder = patchKmeans(await loadPatchKmeans("encoder.safetensors"));
 */
export async function loadPatchKmeans(path: string): Promise<PatchKmeansWeights> {
  const { tensors } = await readSafetensors(path);
  sizesOf(tensors);
  checkFinite(tensors, { where: path, remedy: "learn it again" });
  return tensors as PatchKmeansWeights;
}
