import type { FeatureStatistics } from "@gmem/spec";
import { key, type NDArray } from "@gmem/tensor";
import { matmulF64, symmetricEigen, transposed } from "@gmem/tensor/linalg";
import { describe, expect, it } from "vitest";
import { featureStatistics } from "./feature-statistics.ts";
import { frechetDistance } from "./frechet-distance.ts";
import { lowRankFactor } from "./low-rank-factor.ts";
import { traceOfRoot } from "./trace-of-root.ts";

const n = 96;
/** Rows whose deviations fall as those of features do, by a factor of 1e4. */
const rowsOf = (count: number, seed: number): NDArray<"f32"> => {
  const rows = key(seed).normal([count, n]);
  return { ...rows, data: rows.data.map((value, at) => value * Math.exp(-(at % n) / 10) + (at % 7) / 10) };
};
const of = (count: number, seed: number): Promise<FeatureStatistics> => featureStatistics(rowsOf(count, seed));

/** ‖X Yᵀ‖ in the nuclear norm, of rows less their mean over √(N−1): what Tr (AB)^½ is, without a covariance. */
async function nuclear(x: NDArray<"f32">, y: NDArray<"f32">): Promise<number> {
  const centred = ({ shape: [count = 0], data }: NDArray<"f32">): Float64Array => {
    const out = Float64Array.from(data);
    for (let j = 0; j < n; j++) {
      let mean = 0;
      for (let i = 0; i < count; i++) mean += (data[i * n + j] as number) / count;
      for (let i = 0; i < count; i++) out[i * n + j] = ((data[i * n + j] as number) - mean) / Math.sqrt(count - 1);
    }
    return out;
  };
  const [a, b] = [x.shape[0] as number, y.shape[0] as number];
  const cross = matmulF64(centred(x), centred(y), { m: a, k: n, n: b, transposeB: true });
  const gram = matmulF64(cross, cross, { m: a, k: b, n: a, transposeB: true });
  const { values } = await symmetricEigen(gram, a, { vectors: false });
  return values.reduce((sum, value) => sum + Math.sqrt(Math.max(value, 0)), 0);
}

describe("the covariance of few rows", () => {
  it.each([2, 9, 40, 95])("of %i is the product of a factor of one row fewer", async (count) => {
    const { covariance } = await of(count, count);
    const { rank, rows } = lowRankFactor(covariance, { n, most: count - 1 }) as { rank: number; rows: Float64Array };
    expect(rank).toBeLessThanOrEqual(count - 1);
    const again = matmulF64(transposed(rows, { rows: rank, columns: n }), rows, { m: n, k: rank, n });
    const largest = covariance.reduce((most, value) => Math.max(most, value), 0);
    again.forEach(
      (value, at) => void expect(Math.abs(value - (covariance[at] as number)) / largest).toBeLessThan(1e-11),
    );
  });

  it("is not taken for one of a lower rank, and a covariance of many rows has none", async () => {
    expect(lowRankFactor((await of(40, 1)).covariance, { n, most: 20 })).toBeUndefined();
    expect(lowRankFactor((await of(300, 1)).covariance, { n, most: 95 })).toBeUndefined();
  });
});

describe("the Fréchet distance of few rows", () => {
  it.each([
    [12, 30],
    [30, 12],
    [12, 400],
    [400, 12],
  ])("%i against %i has the trace that the rows themselves give", async (few, others) => {
    const [x, y] = [rowsOf(few, 3), rowsOf(others, 4)];
    const [a, b] = [await featureStatistics(x), await featureStatistics(y)];
    const exact = await nuclear(few < others ? x : y, few < others ? y : x);
    const ranks = [few - 1, others - 1] as const;
    expect((await traceOfRoot(a.covariance, b.covariance, { n, ranks })) / exact - 1).toBeCloseTo(0, 8);
  });

  it("is that of whole matrices where the number of rows is not known, or is not true", async () => {
    const [a, b] = [await of(200, 5), await of(300, 6)];
    const distance = await frechetDistance(a, b);
    for (const count of [0, 10]) expect(await frechetDistance({ ...a, count }, b)).toBe(distance);
    const few = await of(12, 7);
    expect((await frechetDistance(few, b)) / (await frechetDistance({ ...few, count: 0 }, b))).toBeCloseTo(1, 6);
    expect(await frechetDistance({ ...a, count: 0 }, few)).toBeCloseTo(await frechetDistance(few, a), 8);
  });

  it("is the squared distance of the means, and of the spread, to pictures that are all the same", async () => {
    const same = await featureStatistics({ dtype: "f32", shape: [5, n], data: new Float32Array(5 * n).fill(0.5) });
    const b = await of(300, 6);
    const expected = b.mean.reduce((sum, m, i) => sum + (m - 0.5) ** 2 + (b.covariance[i * n + i] as number), 0);
    expect((await frechetDistance(same, b)) / expected).toBeCloseTo(1, 9);
    expect(await frechetDistance(same, same)).toBe(0);
  });
});
