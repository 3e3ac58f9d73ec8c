import { join } from "node:path";
import { GMemError, stopIfAborted } from "@gmem/tensor";
import { UnusableImageError } from "../decode/unusable-image.ts";
import type { RgbImage } from "../resize/rgb-image.ts";
import type { LeftOut } from "./left-out.ts";
import type { OpenImage } from "./open-image.ts";

export interface OpenImagesOptions {
  readonly open: OpenImage;
  readonly onProgress: ((done: number, total: number) => void) | undefined;
  readonly signal: AbortSignal | undefined;
}

/** What a pass over all files found; `kept` holds the pixels of those that fit into memory, by file. */
export interface OpenedImages {
  readonly good: readonly string[];
  readonly bad: readonly LeftOut[];
  readonly kept: ReadonlyMap<string, RgbImage>;
}

/** Pixels kept in memory, so that small images are decoded once: 512 MiB. */
const KEEP_BYTES = 2 ** 29;
/** Files in flight: enough to keep the decoding threads busy while others are read. */
const LANES = 8;

/** Decodes every file once, several at a time: a corrupt one is found now and not in the middle of a training run. */
export async function openImages(
  folder: string,
  files: readonly string[],
  { open, onProgress, signal }: OpenImagesOptions,
): Promise<OpenedImages> {
  const found = new Map<string, LeftOut>();
  const kept = new Map<string, RgbImage>();
  let keptBytes = 0;
  let next = 0;
  let done = 0;
  const lane = async (): Promise<void> => {
    while (next < files.length) {
      stopIfAborted(signal, "imageFolder: stopped by its signal");
      const file = files[next++] as string;
      try {
        const image = await open(join(folder, file));
        if (keptBytes + image.data.length <= KEEP_BYTES) {
          keptBytes += image.data.length;
          kept.set(file, image);
        }
      } catch (error) {
        found.set(file, { file, ...reasonOf(error) });
      }
      onProgress?.(++done, files.length);
    }
  };
  await Promise.all(Array.from({ length: LANES }, lane));
  return {
    good: files.filter((file) => !found.has(file)),
    bad: files.flatMap((file) => found.get(file) ?? []),
    kept,
  };
}

function reasonOf(error: unknown): Pick<LeftOut, "kind" | "reason"> {
  if (error instanceof UnusableImageError) return error;
  return { kind: "unreadable", reason: error instanceof Error ? error.message : String(error) };
}

/** A picture that was dropped from memory. @throws {GMemError} code `DATA` if its file has changed since. */
export async function reopen(path: string, open: OpenImage): Promise<RgbImage> {
  try {
    return await open(path);
  } catch (cause) {
    throw new GMemError(
      "DATA",
      `imageFolder: "${path}" must stay as it was when it was opened first; restore it or begin again`,
      { cause },
    );
  }
}
