import { type Engine, GMemError, type NDArray, takeRows } from "@gmem/tensor";
import { checkPair } from "../feature-pair.ts";
import { type RowProducts, rowProducts } from "../products/row-products.ts";
import type { SubsetPair } from "./kernel-subsets.ts";

/** Kernel distance: mean and population deviation over subsets. */
export interface KernelDistance {
  readonly mean: number;
  readonly deviation: number;
  /** One a subset. */
  readonly values: readonly number[];
  /** What to know of the deviation before it is reported: subsets that are the whole set say nothing of chance. */
  readonly note?: string;
}

export interface KernelDistanceOptions {
  /** From {@link kernelSubsets}, or those of another evaluation. */
  readonly subsets: readonly SubsetPair[];
  /** Multiplies the rows; without it plain JavaScript does, slower. */
  readonly engine?: Engine | undefined;
  /** What products are computed in on the engine; default `float32`, as most evaluators have it. Sums are float64. */
  readonly products?: "float32" | "float64";
}

/**
 * KID (Bińkowski et al. 2018) of features [N,d] and [M,d]: squared maximum mean discrepancy with the kernel (x·y/d + 1)³,
 * unbiased, over subsets; it may be negative. Unlike the Fréchet distance its expectation does not depend on the number of rows.
 * @throws {ShapeError} if the widths differ. @throws {GMemError} code `DATA` for no subsets or one with fewer than two rows, `NON_FINITE`.
 * @example
 * const [a, b] = [key(0).normal([60, 4]), key(1).normal([50, 4])];
 * const subsets = kernelSubsets(openDraws("numpy", 2020), { rows: [60, 50], count: 10, size: 20 });
 * const { mean } = await kernelDistance(a, b, { subsets }); // near 0
 */
export async function kernelDistance(
  a: NDArray<"f32">,
  b: NDArray<"f32">,
  options: KernelDistanceOptions,
): Promise<KernelDistance> {
  checkPair("kernelDistance", [a, b]);
  const { subsets, engine, products = "float32" } = options;
  if (subsets.length === 0 || subsets.some(([rows, others]) => Math.min(rows.length, others.length) < 2))
    throw new GMemError("DATA", "kernelDistance: needs subsets of at least 2 rows a side; draw them by kernelSubsets");
  const width = a.shape[1] as number;
  const multiply = rowProducts({ width, engine, dtype: products === "float64" ? "f64" : "f32" });
  const values: number[] = [];
  try {
    for (const [rows, others] of subsets)
      values.push(await discrepancy(takeRows(a, rows).data, takeRows(b, others).data, { width, multiply }));
  } finally {
    await multiply.dispose();
  }
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
  const variance = values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / values.length;
  const note = wholeSets(subsets, [a.shape[0] as number, b.shape[0] as number]);
  return { mean, deviation: Math.sqrt(variance), values, ...(note === undefined ? {} : { note }) };
}

/** Says which sides have subsets as large as themselves. */
function wholeSets(subsets: readonly SubsetPair[], rows: readonly [number, number]): string | undefined {
  const whole = (["first", "second"] as const).flatMap((name, side) => {
    const count = subsets.filter((pair) => (pair[side] as Int32Array).length >= (rows[side] as number)).length;
    return count === 0 ? [] : [`${count} of ${subsets.length} subsets hold all ${rows[side]} rows of the ${name} side`];
  });
  if (whole.length === 0) return undefined;
  return `${whole.join(", ")}: the deviation is too small to tell two models apart; give kernelSubsets a smaller size`;
}

interface Multiplication {
  readonly width: number;
  readonly multiply: RowProducts;
}

/** Σ_{i≠j} k(x_i,x_j)/n(n−1) + Σ_{i≠j} k(y_i,y_j)/m(m−1) − 2 mean k(x_i,y_j). */
async function discrepancy(x: Float32Array, y: Float32Array, how: Multiplication): Promise<number> {
  const { width, multiply } = how;
  const [n, m] = [x.length / width, y.length / width];
  const within = async (z: Float32Array, rows: number): Promise<number> => {
    const products = await multiply.run(z, z);
    let sum = kernelSum(products, width);
    for (let i = 0; i < rows; i++) sum -= kernel((products[i * rows + i] as number) / width);
    return sum / (rows * (rows - 1));
  };
  const between = kernelSum(await multiply.run(x, y), width) / (n * m);
  return (await within(x, n)) + (await within(y, m)) - 2 * between;
}

const kernel = (share: number): number => (share + 1) * (share + 1) * (share + 1);

/** Σ (x·y/d + 1)³. */
function kernelSum(products: Float32Array | Float64Array, width: number): number {
  let sum = 0;
  for (let i = 0; i < products.length; i++) sum += kernel((products[i] as number) / width);
  return sum;
}
