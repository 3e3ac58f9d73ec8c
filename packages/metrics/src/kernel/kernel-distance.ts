import { type Engine, GMemError, type NDArray, takeRows } from "@gmem/tensor";
import { checkPair } from "../feature-pair.ts";
import { rowProducts } from "../products/row-products.ts";
import type { SubsetPair } from "./kernel-subsets.ts";
import { kernelSums } from "./kernel-sums.ts";

/** Rows of a block of all rows, and of one subset: smaller, since half of the block on a diagonal is for nothing. */
const [blockRows, subsetRows] = [1024, 384] as const;

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
 * @throws {ShapeError} if the widths differ. @throws {GMemError} code `DATA` for no subsets, one with fewer than two rows, or one with rows that are not there, `NON_FINITE`.
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
  checkRows(subsets, [a.shape[0] as number, b.shape[0] as number]);
  const width = a.shape[1] as number;
  const multiply = rowProducts({ width, engine, dtype: products === "float64" ? "f64" : "f32" });
  const how = { width, multiply };
  let values: number[];
  try {
    values = allAtOnce(subsets, a, b)
      ? await discrepancies([a.data, b.data], subsets, { ...how, blockRows })
      : await oneByOne(subsets, async ([rows, others]) => {
          const [x, y] = [takeRows(a, rows).data, takeRows(b, others).data];
          const whole: SubsetPair = [places(rows.length), places(others.length)];
          return (await discrepancies([x, y], [whole], { ...how, blockRows: subsetRows }))[0] as number;
        });
  } finally {
    await multiply.dispose();
  }
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
  const variance = values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / values.length;
  const note = wholeSets(subsets, [a.shape[0] as number, b.shape[0] as number]);
  return { mean, deviation: Math.sqrt(variance), values, ...(note === undefined ? {} : { note }) };
}

/** @throws {GMemError} code `DATA` for the first row that a side does not have. */
function checkRows(subsets: readonly SubsetPair[], counts: readonly [number, number]): void {
  for (const [s, pair] of subsets.entries())
    for (const side of [0, 1] as const) {
      const other = pair[side].find((row) => row < 0 || row >= counts[side]);
      if (other !== undefined)
        throw new GMemError(
          "DATA",
          `kernelDistance: subset ${s} must be of rows 0 … ${counts[side] - 1}, got ${other}`,
        );
    }
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

/** Whether all pairs of rows are fewer than those of the subsets together. */
function allAtOnce(subsets: readonly SubsetPair[], a: NDArray<"f32">, b: NDArray<"f32">): boolean {
  const pairs = (n: number, m: number, block: number): number => (n * (n + block) + m * (m + block)) / 2 + n * m;
  const apart = subsets.reduce((sum, [x, y]) => sum + pairs(x.length, y.length, subsetRows), 0);
  return pairs(a.shape[0] as number, b.shape[0] as number, blockRows) <= apart;
}

async function oneByOne<T, R>(items: readonly T[], of: (item: T) => Promise<R>): Promise<R[]> {
  const results: R[] = [];
  for (const item of items) results.push(await of(item));
  return results;
}

const places = (count: number): Int32Array => Int32Array.from({ length: count }, (_, i) => i);

/** Σ_{i≠j} k(x_i,x_j)/n(n−1) + Σ_{i≠j} k(y_i,y_j)/m(m−1) − 2 mean k(x_i,y_j), for each subset. */
async function discrepancies(
  [x, y]: readonly [Float32Array, Float32Array],
  subsets: readonly SubsetPair[],
  how: Parameters<typeof kernelSums>[2],
): Promise<number[]> {
  const ofX = await kernelSums(
    [x, x],
    subsets.map(([rows]) => [rows, rows]),
    how,
  );
  const ofY = await kernelSums(
    [y, y],
    subsets.map(([, rows]) => [rows, rows]),
    how,
  );
  const between = await kernelSums([x, y], subsets, how);
  return subsets.map(([rows, others], s) => {
    const [n, m] = [rows.length, others.length];
    const [xx, yy, xy] = [ofX[s], ofY[s], between[s]] as [number, number, number];
    return xx / (n * (n - 1)) + yy / (m * (m - 1)) - (2 * xy) / (n * m);
  });
}
