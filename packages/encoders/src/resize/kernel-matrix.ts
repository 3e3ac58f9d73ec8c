import { array, type NDArray } from "@gmem/tensor";

/** Weight of a sample at a distance, and the distance from which on it is 0. */
export interface Kernel {
  readonly support: number;
  readonly weight: (distance: number) => number;
}

export interface ResampleOptions {
  /** Input samples for each output sample; `from/to` unless the caller states coordinates of its own. */
  readonly scale?: number;
}

/**
 * Resampling of one axis as PyTorch does it without antialiasing, as a matrix [to,from]: the 2·support nearest samples,
 * clamped at the border.
 */
export function interpolationMatrix(
  { support, weight }: Kernel,
  [from, to]: readonly [from: number, to: number],
  { scale = from / to }: ResampleOptions = {},
): NDArray<"f32"> {
  const matrix = new Float64Array(to * from);
  for (let i = 0; i < to; i++) {
    const source = Math.fround(Math.fround((i + 0.5) * Math.fround(scale)) - 0.5); // in float32, as PyTorch
    const nearest = Math.floor(source);
    for (let j = nearest + 1 - support; j <= nearest + support; j++) {
      const at = i * from + Math.min(Math.max(j, 0), from - 1);
      matrix[at] = (matrix[at] as number) + weight(source - j);
    }
  }
  return array(Float32Array.from(matrix), [to, from]);
}

/**
 * Resampling of one axis with antialiasing, as a matrix [to,from]: the kernel widened by the scale when shrinking, weights
 * of sum 1. Pillow, and PyTorch with `antialias=True`.
 */
export function filterMatrix(
  { support, weight }: Kernel,
  [from, to]: readonly [from: number, to: number],
  { scale = from / to }: ResampleOptions = {},
): NDArray<"f32"> {
  const width = Math.max(scale, 1);
  const matrix = new Float32Array(to * from);
  for (let i = 0; i < to; i++) {
    const centre = (i + 0.5) * scale;
    const first = Math.max(0, Math.floor(centre - support * width + 0.5));
    const last = Math.min(from, Math.floor(centre + support * width + 0.5));
    const weights = Array.from({ length: last - first }, (_, j) => weight((first + j + 0.5 - centre) / width));
    const total = weights.reduce((sum, value) => sum + value, 0);
    for (const [j, value] of weights.entries()) matrix[i * from + first + j] = value / total;
  }
  return array(matrix, [to, from]);
}
