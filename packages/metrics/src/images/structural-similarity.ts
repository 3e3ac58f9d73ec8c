import { GMemError, type NDArray } from "@gmem/tensor";
import { pairShape } from "./image-pair.ts";
import { checkPixelRange } from "./pixel-range.ts";

export interface StructuralSimilarityOptions {
  /** Largest minus smallest value: 255, 1, or 2 for [−1, 1]. */
  readonly range: number;
  /**
   * Which of the numbers called SSIM; name it beside the number. Default `valid`.
   *
   * - `valid`: windows of 11 × 11, Gaussian with σ = 1.5 and the variance of a population, all those inside the image, as the
   *   paper, pytorch-msssim and torchmetrics before 1.4.2.
   * - `torchmetrics`: the same windows around every pixel, the image continued by reflection, as torchmetrics from 1.4.2.
   * - `scikit-image`: windows of 7 × 7 inside, uniform, with the variance of a sample: scikit-image's default.
   */
  readonly protocol?: SsimProtocol;
}

export type SsimProtocol = "valid" | "torchmetrics" | "scikit-image";

/**
 * SSIM (Wang et al. 2004) of each pair of images [N,C,H,W]: mean over channels and windows of
 * (2μ_xμ_y + c₁)(2σ_xy + c₂) / ((μ_x² + μ_y² + c₁)(σ_x² + σ_y² + c₂)), c₁ = (0.01 range)², c₂ = (0.03 range)². 1 for equal ones.
 * @throws {ShapeError} if the shapes differ or a side is shorter than 11 pixels, 6 with `torchmetrics`, 7 with
 * `scikit-image`. @throws {GMemError} code `DATA` for values that are not of the range, `NON_FINITE`, `CONFIG` for a
 * protocol that it does not know.
 * @example
 * const image = key(0).uniform([1, 3, 16, 16]);
 * const [similarity] = structuralSimilarity(image, image, { range: 1 }); // 1
 */
export function structuralSimilarity(x: NDArray, y: NDArray, options: StructuralSimilarityOptions): Float64Array {
  const { range, protocol = "valid" } = options;
  if (!(protocol in protocols))
    throw new GMemError(
      "CONFIG",
      `structuralSimilarity: protocol must be one of ${Object.keys(protocols).join(", ")}, got ${protocol}`,
    );
  const { taps, border, unbias } = protocols[protocol];
  const [n, c, h, w] = pairShape("structuralSimilarity", [x, y], border === 0 ? taps.length : border + 1);
  checkPixelRange("structuralSimilarity", [x, y], range);
  const [c1, c2] = [(0.01 * range) ** 2, (0.03 * range) ** 2];
  const plane = h * w;
  const part = ({ data }: NDArray, i: number): Float64Array =>
    reflected(Float64Array.from(data.subarray(i * plane, (i + 1) * plane)), w, border);
  const mapMean = (i: number): number => {
    const [a, b] = [part(x, i), part(y, i)];
    const blurred = (of: (a: number, b: number) => number): Float64Array =>
      filtered(
        a.map((value, k) => of(value, b[k] as number)),
        w + 2 * border,
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

interface Protocol {
  readonly taps: Float64Array;
  /** Pixels that the image is continued by on each side. */
  readonly border: number;
  /** Factor of the variances. */
  readonly unbias: number;
}

const protocols: Readonly<Record<SsimProtocol, Protocol>> = {
  valid: { taps: gaussian, border: 0, unbias: 1 },
  torchmetrics: { taps: gaussian, border: 5, unbias: 1 },
  "scikit-image": { taps: uniform, border: 0, unbias: 49 / 48 },
};

/** A plane of rows of `width`, continued on each side by its mirror image without the edge: … 2 1 | 0 1 2 … */
function reflected(plane: Float64Array, width: number, border: number): Float64Array {
  if (border === 0) return plane;
  const height = plane.length / width;
  const wide = width + 2 * border;
  const inside = (i: number, length: number): number => length - 1 - Math.abs(length - 1 - Math.abs(i));
  return Float64Array.from({ length: (height + 2 * border) * wide }, (_, i) => {
    const row = inside(Math.floor(i / wide) - border, height);
    return plane[row * width + inside((i % wide) - border, width)] as number;
  });
}

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
