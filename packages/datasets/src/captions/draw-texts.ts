import { array, type NDArray, type Rng } from "@gmem/tensor";
import { checkRows } from "../rows-that-are-there.ts";
import type { CaptionVectors } from "./caption-vectors.ts";

/**
 * The vector of one caption of each row, [N,dim]: any of the row's captions with equal chances, of the i-th sample by the
 * `"caption"` of its own key; without a key the first. Rows of zeros, the null text, where there is no caption.
 * @throws {GMemError} code `INVALID_REQUEST` for rows that are not there.
 * @example
 * const texts = { dim: 2, encoderId: "mine", vectors: array([1, 0, 0, 1], [2, 2]), first: Int32Array.of(0, 2, 2) };
 * const { data } = drawTexts(texts, Int32Array.of(0, 1)); // [1, 0, 0, 0]: the first of two, and no caption
 */
export function drawTexts(texts: CaptionVectors, index: Int32Array, rng?: Rng): NDArray<"f32"> {
  const { dim, vectors, first, which } = texts;
  checkRows("drawTexts", index, first.length - 1);
  const drawn = new Float32Array(index.length * dim);
  for (const [i, row] of index.entries()) {
    const [from, to] = [first[row] as number, first[row + 1] as number];
    if (from === to) continue;
    const share = rng ? (rng.split(i).split("caption").uniform([1]).data[0] as number) : 0;
    const caption = from + Math.floor(share * (to - from));
    const at = which ? (which[caption] as number) : caption;
    drawn.set(vectors.data.subarray(at * dim, (at + 1) * dim), i * dim);
  }
  return array(drawn, [index.length, dim]);
}
