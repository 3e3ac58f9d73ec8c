import { featureParts, type PictureSource, pictureSource, readStatistics } from "@gmem/metrics/folders";
import { featuresJob, type PicturesOf } from "@gmem/runs/jobs";
import { GMemError } from "@gmem/tensor";
import { isShared, type ShareFlags, shareWork } from "@gmem/workers";
import type { Reading } from "./reading.ts";

interface Sharing {
  readonly flags: ShareFlags;
  readonly reading: Omit<Reading, "close">;
}

/** Pictures with what other processes take to open them. */
export interface SharedPictures {
  readonly source: PictureSource;
  readonly of: PicturesOf;
}

/**
 * Has processes or machines compute the features of these pictures, where flags say so; they are in the cache then.
 * @returns the same pictures, digested once, or undefined where the command does not wait for them.
 * @throws {GMemError} code `CONFIG` for features that only this process has, or nowhere to keep them.
 */
export async function shareFeatures(
  pictures: readonly SharedPictures[],
  { flags, reading }: Sharing,
): Promise<readonly PictureSource[] | undefined> {
  if (!isShared(flags)) return pictures.map(({ source }) => source);
  const cache = checkShared({ flags, reading });
  const { extractors, words, resize = "none", onBad = "refuse", protocol, signal, onProgress } = reading;
  const { features, engine } = words;
  const digested: PictureSource[] = [];
  for (const { source, of } of pictures) {
    const parts = await featureParts(source, { resize, onBad, signal, onProgress });
    const asked = { of, features, protocol, resize, onBad, engine, parts, extractors, cache };
    if (await shareWork(featuresJob, asked, flags)) digested.push(parts.source);
  }
  return digested.length < pictures.length ? undefined : digested;
}

/** @returns where features are kept. @throws {GMemError} code `CONFIG`, as {@link shareFeatures}, before any work. */
export function checkShared({ reading: { words, extractors } }: Sharing): string {
  if (words.cache === undefined)
    throw new GMemError("CONFIG", "--no-cache: several processes share features by the cache, got none; leave it out");
  if (words.features.length < extractors.length)
    throw new GMemError(
      "CONFIG",
      "--config: features of your own are computed by one process, got --workers or --queue; leave these out",
    );
  return words.cache;
}

/** The same for folders and archives; statistics without pictures need no features. @returns whether they are there. */
export async function shareFolders(paths: readonly string[], { flags, reading }: Sharing): Promise<boolean> {
  if (!isShared(flags)) return true;
  checkShared({ flags, reading });
  const pictures: SharedPictures[] = [];
  for (const path of new Set(paths)) {
    const isAlone = path.endsWith(".npz") && (await readStatistics(path))?.withPictures === false;
    const { onBad = "refuse" } = reading; // what is missing is said before any work begins
    if (!isAlone) pictures.push({ of: { path }, source: await pictureSource(path, { onBad }) });
  }
  return (await shareFeatures(pictures, { flags, reading })) !== undefined;
}
