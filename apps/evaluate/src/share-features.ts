import { featureParts, type PictureSource, pictureSource, readStatistics } from "@gmem/metrics/folders";
import { featuresJob } from "@gmem/runs/jobs";
import { GMemError } from "@gmem/tensor";
import { isShared, type ShareFlags, shareWork } from "@gmem/workers";
import type { Reading } from "./reading.ts";

/**
 * Has processes or machines compute the features of these pictures, where flags say so; they are in the cache then.
 * @returns false where the command does not wait for them.
 * @throws {GMemError} code `CONFIG` for features that only this process has, or nowhere to keep them.
 */
export async function shareFeatures(
  paths: readonly string[],
  { flags, reading }: { readonly flags: ShareFlags; readonly reading: Omit<Reading, "close"> },
): Promise<boolean> {
  if (!isShared(flags)) return true;
  const { extractors, words, resize = "none", onBad = "refuse", protocol, signal, onProgress } = reading;
  const { cache, features, engine } = words;
  if (cache === undefined)
    throw new GMemError("CONFIG", "--no-cache: several processes share features by the cache, got none; leave it out");
  if (features.length < extractors.length)
    throw new GMemError(
      "CONFIG",
      "--config: features of your own are computed by one process, got --workers or --queue; leave these out",
    );
  const sources: PictureSource[] = [];
  for (const path of new Set(paths)) {
    const isAlone = path.endsWith(".npz") && (await readStatistics(path))?.withPictures === false;
    if (!isAlone) sources.push(await pictureSource(path, { onBad })); // what is missing is said before any work begins
  }
  let waits = true;
  for (const source of sources) {
    const parts = await featureParts(source, { resize, onBad, signal, onProgress });
    const asked = { path: source.path, features, protocol, resize, onBad, engine, parts, extractors, cache };
    if (!(await shareWork(featuresJob, asked, flags))) waits = false;
  }
  return waits;
}
