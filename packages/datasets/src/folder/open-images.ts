import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { GMemError, stopIfAborted } from "@gmem/tensor";
import { decodeImage } from "../decode/decode-image.ts";
import { admCenterCrop } from "../resize/adm-center-crop.ts";
import type { RgbImage } from "../resize/rgb-image.ts";

/** A file that is no usable image, and why. */
export interface BadFile {
  readonly file: string;
  readonly reason: string;
}

export interface OpenImagesOptions {
  readonly size: number | undefined;
  readonly minSize: number;
  readonly onProgress: ((done: number, total: number) => void) | undefined;
  readonly signal: AbortSignal | undefined;
}

/** What a pass over all files found; `kept` holds the pixels of those that fit into memory, by file. */
export interface OpenedImages {
  readonly good: readonly string[];
  readonly bad: readonly BadFile[];
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
  options: OpenImagesOptions,
): Promise<OpenedImages> {
  const { size, minSize, onProgress, signal } = options;
  const reasons = new Map<string, string>();
  const kept = new Map<string, RgbImage>();
  let keptBytes = 0;
  let next = 0;
  let done = 0;
  const lane = async (): Promise<void> => {
    while (next < files.length) {
      stopIfAborted(signal, "imageFolder: stopped by its signal");
      const file = files[next++] as string;
      try {
        const image = await openImage(join(folder, file), size, minSize);
        if (keptBytes + image.data.length <= KEEP_BYTES) {
          keptBytes += image.data.length;
          kept.set(file, image);
        }
      } catch (error) {
        reasons.set(file, error instanceof Error ? error.message : String(error));
      }
      onProgress?.(++done, files.length);
    }
  };
  await Promise.all(Array.from({ length: LANES }, lane));
  return {
    good: files.filter((file) => !reasons.has(file)),
    bad: files.filter((file) => reasons.has(file)).map((file) => ({ file, reason: reasons.get(file) as string })),
    kept,
  };
}

/** Reads one image and crops it to `size`, if given. */
export async function openImage(path: string, size: number | undefined, minSize: number): Promise<RgbImage> {
  const image = await decodeImage(await readFile(path));
  const shorter = Math.min(image.width, image.height);
  if (shorter < minSize)
    throw new GMemError(
      "DATA",
      `too small: ${image.width}×${image.height} pixels, needs ${minSize} on the shorter side`,
    );
  return size === undefined ? image : admCenterCrop(image, size);
}
