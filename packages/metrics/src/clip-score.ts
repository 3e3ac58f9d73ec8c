import { GMemError, type NDArray } from "@gmem/tensor";
import { checkPair } from "./feature-pair.ts";
import { bootstrapInterval, type Interval, type IntervalOptions } from "./intervals.ts";

/** How well each image fits its text. */
export interface ClipScore extends Interval {
  /** One a pair. */
  readonly values: Float64Array;
}

/**
 * CLIP score (Hessel et al. 2021) of embeddings of images [N,d] and of their texts [N,d]: the mean of
 * `scale`·max(cos(image, text), 0), with its bootstrap interval. Name the network beside the number: L/14 and B/32 do not compare.
 * @param options.scale Default 100, as torchmetrics and MJHQ-30K; 2.5 in the paper.
 * @throws {ShapeError} if widths differ. @throws {GMemError} code `DATA` for other counts or a row of zeros, `NON_FINITE`.
 * @example
 * const images = array([1, 0, 0, 1], [2, 2]);
 * const { value, low, high } = clipScore(images, array([1, 0, 0, -1], [2, 2])); // 50: one fits, one is opposite
 */
export function clipScore(
  images: NDArray<"f32">,
  texts: NDArray<"f32">,
  options: IntervalOptions & { readonly scale?: number; readonly seed?: number } = {},
): ClipScore {
  const { scale = 100, ...how } = options;
  checkPair("clipScore", [images, texts]);
  const [n = 0, d = 0] = images.shape;
  if (texts.shape[0] !== n || n === 0)
    throw new GMemError(
      "DATA",
      `clipScore: needs one text for each image, got ${n} images and ${texts.shape[0]} texts`,
    );
  const values = Float64Array.from({ length: n }, (_, i) => {
    let [product, image, text] = [0, 0, 0];
    for (let at = i * d; at < (i + 1) * d; at++) {
      const [u, v] = [images.data[at] as number, texts.data[at] as number];
      product += u * v;
      image += u * u;
      text += v * v;
    }
    if (image === 0 || text === 0)
      throw new GMemError(
        "DATA",
        `clipScore: pair ${i} has an embedding of zeros, which has no direction; leave it out`,
      );
    return scale * Math.max(product / Math.sqrt(image * text), 0);
  });
  return { ...bootstrapInterval(values, how), values };
}
