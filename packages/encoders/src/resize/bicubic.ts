import type { NDArray } from "@gmem/tensor";
import { filterMatrix, interpolationMatrix, type Kernel, type ResampleOptions } from "./kernel-matrix.ts";

/**
 * Keys' cubic kernel: (a+2)|d|³ − (a+3)|d|² + 1 for |d| ≤ 1, a|d|³ − 5a|d|² + 8a|d| − 4a for 1 < |d| < 2 (Keys 1981, eq. 15).
 */
export function cubic(d: number, a: number): number {
  const x = Math.abs(d);
  if (x <= 1) return ((a + 2) * x - (a + 3)) * x * x + 1;
  return x < 2 ? (((x - 5) * x + 8) * x - 4) * a : 0;
}

const kernel = (a: number): Kernel => ({ support: 2, weight: (d) => cubic(d, a) });

/** Bicubic resampling of one axis as PyTorch does it without antialiasing, a = −0.75, as a matrix [to,from]. */
export const bicubicMatrix = (from: number, to: number, options: ResampleOptions = {}): NDArray<"f32"> =>
  interpolationMatrix(kernel(-0.75), [from, to], options);

/** Bicubic resampling of one axis with antialiasing, a = −0.5, as a matrix [to,from]. */
export const antialiasedMatrix = (from: number, to: number, options: ResampleOptions = {}): NDArray<"f32"> =>
  filterMatrix(kernel(-0.5), [from, to], options);
