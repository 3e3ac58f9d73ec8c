import type { NDArray } from "@gmem/tensor";
import { filterMatrix, interpolationMatrix, type Kernel } from "./kernel-matrix.ts";

/** 1 − |d| for |d| < 1. */
const triangle: Kernel = { support: 1, weight: (d) => Math.max(0, 1 - Math.abs(d)) };

/** Bilinear resampling of one axis as PyTorch does it without antialiasing, as a matrix [to,from]. */
export const bilinearMatrix = (from: number, to: number): NDArray<"f32"> => interpolationMatrix(triangle, [from, to]);

/** Bilinear resampling of one axis with antialiasing, as a matrix [to,from]. */
export const antialiasedBilinearMatrix = (from: number, to: number): NDArray<"f32"> =>
  filterMatrix(triangle, [from, to]);
