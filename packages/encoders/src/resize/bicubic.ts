import { array, type NDArray } from "@gmem/tensor";

/**
 * Keys' cubic kernel: (a+2)|d|³ − (a+3)|d|² + 1 for |d| ≤ 1, a|d|³ − 5a|d|² + 8a|d| − 4a for 1 < |d| < 2 (Keys 1981, eq. 15).
 */
export function cubic(d: number, a: number): number {
  const x = Math.abs(d);
  if (x <= 1) return ((a + 2) * x - (a + 3)) * x * x + 1;
  return x < 2 ? (((x - 5) * x + 8) * x - 4) * a : 0;
}

/**
 * Bicubic resampling of one axis as PyTorch does it without antialiasing, as a matrix [to,from]: a = −0.75, the four
 * nearest samples, clamped at the border.
 * @param options.scale Input samples for each output sample; `from/to` unless the caller states coordinates of its own.
 */
export function bicubicMatrix(
  from: number,
  to: number,
  { scale = from / to }: { scale?: number } = {},
): NDArray<"f32"> {
  const matrix = new Float64Array(to * from);
  for (let i = 0; i < to; i++) {
    const source = (i + 0.5) * scale - 0.5;
    const nearest = Math.floor(source);
    for (let j = nearest - 1; j <= nearest + 2; j++) {
      const at = i * from + Math.min(Math.max(j, 0), from - 1);
      matrix[at] = (matrix[at] as number) + cubic(source - j, -0.75);
    }
  }
  return array(Float32Array.from(matrix), [to, from]);
}

/**
 * Bicubic resampling of one axis with antialiasing, as a matrix [to,from]: a = −0.5, the kernel widened by the scale when
 * shrinking, weights of sum 1. Pillow, and PyTorch with `antialias=True`.
 */
export function antialiasedMatrix(from: number, to: number): NDArray<"f32"> {
  const scale = from / to;
  const width = Math.max(scale, 1);
  const matrix = new Float32Array(to * from);
  for (let i = 0; i < to; i++) {
    const centre = (i + 0.5) * scale;
    const first = Math.max(0, Math.floor(centre - 2 * width + 0.5));
    const last = Math.min(from, Math.floor(centre + 2 * width + 0.5));
    const weights = Array.from({ length: last - first }, (_, j) => cubic((first + j + 0.5 - centre) / width, -0.5));
    const total = weights.reduce((sum, weight) => sum + weight, 0);
    for (const [j, weight] of weights.entries()) matrix[i * from + first + j] = weight / total;
  }
  return array(matrix, [to, from]);
}
