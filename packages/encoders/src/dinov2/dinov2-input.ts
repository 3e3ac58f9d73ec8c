import type { Tensor } from "@gmem/tensor";
import { bicubicMatrix } from "../resize/bicubic.ts";
import { normalise } from "../resize/normalise.ts";
import { resample } from "../resize/resample.ts";
import type { Dinov2Config } from "./config.ts";

/** Of ImageNet's training images. */
const imageNet = { mean: [0.485, 0.456, 0.406], std: [0.229, 0.224, 0.225] } as const;

/** Pixels a side that the network sees of an image of `size`: to·⌊size/from⌋, and `to` for smaller ones. */
export const inputSize = ({ from, to }: Dinov2Config["input"], size: number): number =>
  to * Math.max(1, Math.floor(size / from));

/**
 * Square images x [N,3,S,S] in [0, 1] → what the network was trained on, [N,3,s,s]: ImageNet's normalisation, then PyTorch's
 * bicubic without antialiasing or clamping, from `from` to `to` pixels and multiples. Smaller images are enlarged to `from`
 * first. REPA's `preprocess_raw_image`.
 * @param options.size s, when it is not `inputSize`.
 * @example
 * trace({ feeds: { x: f32(1, 3, 32, 32) } }, ({ feeds }) => ({
 *   fetches: { y: dinov2Input(feeds.x, { from: 256, to: 224 }) }, // [1,3,224,224]
 * }));
 */
export function dinov2Input(x: Tensor, input: Dinov2Config["input"], options: { readonly size?: number } = {}): Tensor {
  const given = x.shape[3] as number;
  const { size = inputSize(input, given) } = options;
  const bicubic = (y: Tensor, from: number, to: number): Tensor => {
    const matrix = bicubicMatrix(from, to);
    return from === to ? y : resample(y, matrix, matrix);
  };
  const base = Math.max(given, input.from);
  const normed = normalise(x, imageNet); // [N,3,S,S]
  return bicubic(bicubic(normed, given, base), base, size); // [N,3,s,s]
}
