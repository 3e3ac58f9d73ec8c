import type { Dataset, ImageExample } from "@gmem/spec";
import { type NDArray, ShapeError, sameShape } from "@gmem/tensor";

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
export function stackImages(examples: readonly ImageExample[]): NDArray<"f32"> {
  const first = examples[0];
  if (!first) throw new ShapeError("loadImages", "needs at least one row", []);
  const data = new Float32Array(examples.length * first.image.data.length);
  examples.forEach(({ image, id }, at) => {
    if (!sameShape(image.shape, first.image.shape))
      throw new ShapeError("loadImages", `"${id}" must have the size of "${first.id}"; give the dataset a size`, [
        image.shape,
        first.image.shape,
      ]);
    data.set(image.data, at * image.data.length);
  });
  return { dtype: "f32", shape: [examples.length, ...first.image.shape], data };
}
