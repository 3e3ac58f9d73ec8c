import { type LeftOut, type RgbImage, toArray } from "@gmem/datasets/folder";
import { GMemError, type NDArray, stack, stopIfAborted } from "@gmem/tensor";
import type { PictureFacts } from "./picture-facts.ts";
import type { Pictures } from "./pictures.ts";

export interface ReadPartOptions {
  readonly path: string;
  readonly from: number;
  readonly to: number;
  readonly fit: (image: RgbImage) => RgbImage;
  /** Size that pictures must have after `fit`, as "32x32"; of the first where it is not known. */
  readonly size: string | undefined;
  readonly signal?: AbortSignal | undefined;
}

/** Pictures of a part in memory. */
export interface ReadPart {
  /** Of one size. */
  readonly images: readonly RgbImage[];
  readonly facts: PictureFacts;
}

const lanes = 16;
export const sizeOf = ({ width, height }: RgbImage): string => `${width}x${height}`;

/**
 * Decodes pictures from … to, several at a time.
 * @throws {GMemError} code `DATA` for one of another size than those before.
 */
export async function readPart(pictures: Pictures, options: ReadPartOptions): Promise<ReadPart> {
  const { path, from, to, fit, signal } = options;
  let size = options.size;
  const [images, ids, labels]: [RgbImage[], string[], number[]] = [[], [], []];
  const [sizes, formats]: [Record<string, number>, Record<string, number>] = [{}, {}];
  const leftOut: LeftOut[] = [];
  for (let at = from; at < to; at += lanes) {
    stopIfAborted(signal, "folders: stopped by its signal");
    const some = Array.from({ length: Math.min(lanes, to - at) }, (_, i) => at + i);
    const read = await Promise.all(some.map((index) => pictures.read(index)));
    for (const [i, found] of read.entries()) {
      if ("leftOut" in found) {
        leftOut.push(found.leftOut);
        continue;
      }
      const id = pictures.idOf(at + i);
      const image = fit(found.image);
      size ??= sizeOf(image);
      if (sizeOf(image) !== size) throw mixedSizes(path, { first: size, other: sizeOf(image), id });
      images.push(image);
      ids.push(id);
      if (pictures.labels) labels.push(pictures.labels[at + i] as number);
      const before = sizeOf(found.image);
      sizes[before] = (sizes[before] ?? 0) + 1;
      formats[found.format] = (formats[found.format] ?? 0) + 1;
    }
  }
  const classes = pictures.classes;
  return { images, facts: { ids, sizes, formats, classes, leftOut, ...(pictures.labels && { labels }) } };
}

/** Pictures from … to as [n,3,H,W] ∈ [0,1]. */
export const stacked = (images: readonly RgbImage[]): NDArray<"f32"> =>
  stack(
    images.map((image) => toArray(image)),
    { where: "folders" },
  );

function mixedSizes(path: string, of: { readonly first: string; readonly other: string; readonly id: string }) {
  const side = of.first.split("x")[0];
  return new GMemError(
    "DATA",
    `folders: pictures of "${path}" must have one size, got ${of.first} and then ${of.other} in "${of.id}"; set resize to crop:${side} (ADM's centre crop) or squeeze:${side}`,
  );
}
