import { loadImages } from "@gmem/datasets";
import type { Dataset, Encoder, ImageExample } from "@gmem/spec";
import { concatRows, type NDArray } from "@gmem/tensor";

/** f(x) of every image [N,d]. */
export async function encodeAll(encoder: Encoder, images: Dataset<ImageExample>): Promise<NDArray<"f32">> {
  const parts: NDArray<"f32">[] = [];
  for (let from = 0; from < images.length; from += 250)
    parts.push(await encoder.encode(await loadImages(images, rowsFrom(from, images.length))));
  return concatRows(parts);
}

const rowsFrom = (from: number, end: number): Int32Array =>
  Int32Array.from({ length: Math.min(250, end - from) }, (_, i) => from + i);

/** [N,3,H,W] */
export const everyImage = (images: Dataset<ImageExample>): Promise<NDArray<"f32">> =>
  loadImages(
    images,
    Int32Array.from({ length: images.length }, (_, i) => i),
  );
