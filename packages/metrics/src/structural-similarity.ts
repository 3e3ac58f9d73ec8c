import type { NDArray } from "@gmem/tensor";
import { pairShape } from "./image-pair.ts";

export interface StructuralSimilarityOptions {
  /** Largest minus smallest value: 255, 1, or 2 for [−1, 1]. */
  readonly range: number;
  /**
   * `gaussian`, the default: 11 × 11 with σ = 1.5 and the variance of a population, as the paper, torchmetrics and
   * pytorch-msssim. `uniform`: 7 × 7 with the variance of a sample, scikit-image's default.
   */
  readonly window?: "gaussian" | "uniform";
}

/**
 * SSIM (Wang et al. 2004) of each pair of images [N,C,H,W]: mean over channels and over all windows inside of
 * (2μ_xμ_y + c₁)(2σ_xy + c₂) / ((μ_x² + μ_y² + c₁)(σ_x² + σ_y² + c₂)), c₁ = (0.01 range)², c₂ = (0.03 range)². 1 for equal ones.
 * @throws {ShapeError} if the shapes differ or a side is shorter than the window.
 * @example
 * const image = key(0).uniform([1, 3, 16, 16]);
 * const [similarity] = structuralSimilarity(image, image, { range: 1 }); // 1
 */
export function structuralSimilarity(x: NDArray, y: NDArray, options: StructuralSimilarityOptions): Float64Array {
  const { range, window = "gaussian" } = options;
  const taps = window === "gaussian" ? gaussian : uniform;
  const [n, c, h, w] = pairShape("structuralSimilarity", [x, y], taps.length);
  const unbias = window === "uniform" ? taps.length ** 2 / (taps.length ** 2 - 1) : 1;
  const [c1, c2] = [(0.01 * range) ** 2, (0.03 * range) ** 2];
  const plane = h * w;
  const part = ({ data }: NDArray, i: number): Float64Array =>
    Float64Array.from(data.subarray(i * plane, (i + 1) * plane));
  const mapMean = (i: number): number => {
    const [a, b] = [part(x, i), part(y, i)];
    const blurred = (of: (a: number, b: number) => number): Float64Array =>
      filtered(
        a.map((value, k) => of(value, b[k] as number)),
        w,
        taps,
      );
    const [meanA, meanB] = [blurred((u) => u), blurred((_, v) => v)];
    const [aa, bb, ab] = [blurred((u) => u * u), blurred((_, v) => v * v), blurred((u, v) => u * v)];
    const sum = meanA.reduce((total, u, k) => {
      const v = meanB[k] as number;
      const variances = unbias * ((aa[k] as number) - u * u + (bb[k] as number) - v * v);
      const covariance = unbias * ((ab[k] as number) - u * v);
      return total + ((2 * u * v + c1) * (2 * covariance + c2)) / ((u * u + v * v + c1) * (variances + c2));
    }, 0);
    return sum / meanA.length;
  };
  return Float64Array.from({ length: n }, (_, image) => {
    let sum = 0;
    for (let channel = 0; channel < c; channel++) sum += mapMean(image * c + channel);
    return sum / c;
  });
}

const uniform: Float64Array = new Float64Array(7).fill(1 / 7);

/** Shares of 11 pixels, σ = 1.5. */
const gaussian: Float64Array = normalised(Float64Array.from({ length: 11 }, (_, i) => Math.exp(-((i - 5) ** 2) / 4.5)));

function normalised(values: Float64Array): Float64Array {
  const sum = values.reduce((a, b) => a + b);
  return values.map((value) => value / sum);
}

/** Weighted means over all windows inside a plane of rows of `width`: along the rows, then along the columns. */
function filtered(plane: Float64Array, width: number, taps: Float64Array): Float64Array {
  const [height, size] = [plane.length / width, taps.length];
  const inner = width - size + 1;
  const rows = Float64Array.from({ length: height * inner }, (_, i) => {
    const at = Math.floor(i / inner) * width + (i % inner);
    return taps.reduce((sum, tap, k) => sum + tap * (plane[at + k] as number), 0);
  });
  return Float64Array.from({ length: (height - size + 1) * inner }, (_, i) =>
    taps.reduce((sum, tap, k) => sum + tap * (rows[i + k * inner] as number), 0),
  );
}
