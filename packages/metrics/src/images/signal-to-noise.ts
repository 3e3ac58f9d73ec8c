import { GMemError, type NDArray } from "@gmem/tensor";
import { pairShape } from "./image-pair.ts";
import { checkPixelRange } from "./pixel-range.ts";

/** What one pair adds to a mean at most: equal images have infinitely many decibels. */
const cap = 100;

/**
 * PSNR in decibels, 10 log₁₀(range²/MSE), of each pair of images [N,C,H,W]; `Infinity` for equal ones.
 * @param options.range Largest minus smallest value: 255, 1, or 2 for [−1, 1].
 * @throws {ShapeError} if the shapes differ. @throws {GMemError} code `DATA` for values that are not of the range,
 * `NON_FINITE`.
 * @example
 * const image = key(0).uniform([1, 3, 8, 8]);
 * const [decibels] = peakSignalToNoise(image, image, { range: 1 }); // Infinity
 */
export function peakSignalToNoise(x: NDArray, y: NDArray, options: { readonly range: number }): Float64Array {
  const [n, c, h, w] = pairShape("peakSignalToNoise", [x, y], 1);
  checkPixelRange("peakSignalToNoise", [x, y], options.range);
  const values = c * h * w;
  return Float64Array.from({ length: n }, (_, image) => {
    let sum = 0;
    for (let i = image * values; i < (image + 1) * values; i++)
      sum += ((x.data[i] as number) - (y.data[i] as number)) ** 2;
    return 10 * Math.log10((options.range ** 2 * values) / sum);
  });
}

/**
 * PSNR of a batch as the mean of its decibels, each counted as 100 at most: what papers report, and scikit-image image by
 * image. {@link decibelsOfMeanError} is the other number that is called so.
 * @throws {GMemError} code `DATA` for none, `NON_FINITE` for NaN.
 * @example
 * meanDecibels(Float64Array.of(20, Infinity)); // 60
 */
export function meanDecibels(values: Float64Array): number {
  if (values.length === 0) throw new GMemError("DATA", "meanDecibels: needs at least one value, got none");
  if (values.some(Number.isNaN))
    throw new GMemError(
      "NON_FINITE",
      `meanDecibels: values must be numbers, got NaN at [${values.findIndex(Number.isNaN)}]`,
    );
  return values.reduce((sum, value) => sum + Math.min(value, cap), 0) / values.length;
}

/**
 * PSNR of a batch as the decibels of its mean error, 10 log₁₀(range²/mean MSE), as torchmetrics computes it: ruled by the
 * worst images.
 * @param values Decibels of each pair, from {@link peakSignalToNoise}. @returns `Infinity` if all pairs are equal.
 * @throws {GMemError} code `DATA` for none, `NON_FINITE` for NaN.
 * @example
 * decibelsOfMeanError(Float64Array.of(20, Infinity)); // 23.01: half of the error of 20 dB
 */
export function decibelsOfMeanError(values: Float64Array): number {
  if (values.length === 0) throw new GMemError("DATA", "decibelsOfMeanError: needs at least one value, got none");
  return -10 * Math.log10(values.reduce((sum, value) => sum + 10 ** (-value / 10), 0) / values.length);
}
