import { checkFinite, GMemError, type NDArray, type Rng, ShapeError, takeRows } from "@gmem/tensor";

/** Rows of both sides that one subset compares. */
export type SubsetPair = readonly [a: Int32Array, b: Int32Array];

/** Kernel distance: mean and population deviation over subsets. */
export interface KernelDistance {
  readonly mean: number;
  readonly deviation: number;
  /** One a subset. */
  readonly values: readonly number[];
  /** What to know of the deviation before it is reported: subsets that are the whole set say nothing of chance. */
  readonly note?: string;
}

/**
 * KID (Bińkowski et al. 2018) of features [N,d] and [M,d]: squared maximum mean discrepancy with the kernel (x·y/d + 1)³,
 * unbiased, over subsets. Unlike the Fréchet distance its expectation does not depend on the number of rows.
 * @param options.subsets From {@link kernelSubsets}, or those of another evaluation.
 * @throws {ShapeError} if the widths differ. @throws {GMemError} code `DATA` for no subsets or one with fewer than two rows, `NON_FINITE`.
 * @example
 * const [a, b] = [key(0).normal([60, 4]), key(1).normal([50, 4])];
 * const { mean } = kernelDistance(a, b, { subsets: kernelSubsets(key(2), { rows: [60, 50], count: 10, size: 20 }) }); // near 0
 */
export function kernelDistance(
  a: NDArray<"f32">,
  b: NDArray<"f32">,
  options: { readonly subsets: readonly SubsetPair[] },
): KernelDistance {
  const [width, other] = [a.shape[1], b.shape[1]];
  if (a.shape.length !== 2 || b.shape.length !== 2 || !width || width !== other)
    throw new ShapeError("kernelDistance", "needs features [N,d] and [M,d]", [a.shape, b.shape]);
  const { subsets } = options;
  if (subsets.length === 0 || subsets.some(([rows, others]) => Math.min(rows.length, others.length) < 2))
    throw new GMemError("DATA", "kernelDistance: needs subsets of at least 2 rows a side; draw them by kernelSubsets");
  checkFinite({ "features of a": a, "features of b": b }, { where: "kernelDistance" });
  const values = subsets.map(([rows, others]) => discrepancy(takeRows(a, rows), takeRows(b, others), width));
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

/**
 * Random subsets without repetition within one.
 * @param options.rows Rows of both sides. @param options.count Default 100. @param options.size Default 1,000; of a side with
 * fewer rows every subset is the whole side, which {@link kernelDistance} notes.
 * @example
 * const subsets = kernelSubsets(key(0), { rows: [5000, 2000], count: 3 }); // 3 pairs of 1,000 rows
 */
export function kernelSubsets(
  rng: Rng,
  options: { readonly rows: readonly [number, number]; readonly count?: number; readonly size?: number },
): readonly SubsetPair[] {
  const { rows, count = 100, size = 1000 } = options;
  const draw = (label: string, side: 0 | 1): Int32Array => rng.split(label).permutation(rows[side]).slice(0, size);
  return Array.from({ length: count }, (_, i) => [draw(`a${i}`, 0), draw(`b${i}`, 1)] as const);
}

/** Σ_{i≠j} k(x_i,x_j)/n(n−1) + Σ_{i≠j} k(y_i,y_j)/m(m−1) − 2 mean k(x_i,y_j). */
function discrepancy(x: NDArray<"f32">, y: NDArray<"f32">, d: number): number {
  const [n, m] = [x.shape[0] as number, y.shape[0] as number];
  const within = (z: NDArray<"f32">, rows: number): number =>
    kernelSum(z, z, { d, unequal: true }) / (rows * (rows - 1));
  return within(x, n) + within(y, m) - (2 * kernelSum(x, y, { d, unequal: false })) / (n * m);
}

/** Σ (x_i·y_j/d + 1)³ over all pairs, or those of unequal rows. */
function kernelSum(
  { data: x }: NDArray<"f32">,
  { data: y }: NDArray<"f32">,
  options: { readonly d: number; readonly unequal: boolean },
): number {
  const { d, unequal } = options;
  let sum = 0;
  for (let i = 0; i < x.length; i += d)
    for (let j = 0; j < y.length; j += d) {
      if (unequal && i === j) continue;
      let product = 0;
      for (let k = 0; k < d; k++) product += (x[i + k] as number) * (y[j + k] as number);
      sum += (product / d + 1) ** 3;
    }
  return sum;
}
