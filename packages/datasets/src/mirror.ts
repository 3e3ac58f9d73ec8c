import type { Dataset, ImageExample } from "@gmem/spec";
import type { NDArray, Rng } from "@gmem/tensor";

/**
 * The mirror images of a dataset: left and right change places, and captions that speak of either are left out.
 * @example
 * const image = { dtype: "f32" as const, shape: [1, 1, 2], data: new Float32Array([0, 1]) };
 * const { image: turned } = await mirror({ name: "one", length: 1, at: async () => ({ image, id: "a" }) }).at(0); // 1, 0
 */
export const mirror = (dataset: Dataset<ImageExample>): Dataset<ImageExample> => ({
  name: `mirrored ${dataset.name}`,
  length: dataset.length,
  async at(index) {
    const { captions, ...example } = await dataset.at(index);
    return { ...example, image: flipRows(example.image), ...(captions && { captions: captions.filter(isEitherWay) }) };
  },
  ...(dataset.captionsAt && {
    captionsAt: async (index) => ((await dataset.captionsAt?.(index)) ?? []).filter(isEitherWay),
  }),
});

const isEitherWay = (caption: string): boolean => !/\b(left|right)\b/i.test(caption);

/** The coin of a batch's i-th sample: true where this visit sees the mirror image. */
export const flipCoin = (rng: Rng, i: number): boolean =>
  (rng.split(i).split("flip").uniform([1]).data[0] as number) < 0.5;

/** Columns of images […,W] in reverse order. */
export function flipRows(images: NDArray<"f32">): NDArray<"f32"> {
  const width = images.shape.at(-1) ?? 1;
  const data = new Float32Array(images.data.length);
  for (let from = 0; from < data.length; from += width)
    data.set(images.data.subarray(from, from + width).toReversed(), from);
  return { ...images, data };
}
