import type { Dataset, ImageExample } from "@gmem/spec";
import { type NDArray, stack } from "@gmem/tensor";

/**
 * Opens several images at once.
 * @returns [rows,3,H,W], values in [0, 1].
 * @throws {ShapeError} if the images differ in size.
 * @example
 * const image = zeros([3, 8, 8]);
 * const data = { name: "black", length: 4, at: async (i: number) => ({ image, id: `${i}` }) };
 * const images = await loadImages(data, [0, 2]); // [2,3,8,8]
 */
export async function loadImages(dataset: Dataset<ImageExample>, rows: ArrayLike<number>): Promise<NDArray<"f32">> {
  const examples = await Promise.all(Array.from(rows, (row) => dataset.at(row)));
  return stackImages(examples);
}

/** Images [3,H,W] of one size as [N,3,H,W]. */
export const stackImages = (examples: readonly ImageExample[]): NDArray<"f32"> =>
  stack(
    examples.map(({ image }) => image),
    {
      where: "loadImages",
      name: (i) => `"${examples[i]?.id}"`,
      remedy: "give the dataset a size",
    },
  );
