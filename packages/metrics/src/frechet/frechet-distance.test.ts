import { fileURLToPath } from "node:url";
import type { FeatureStatistics } from "@gmem/spec";
import { array, key, type NDArray, referenceEngine } from "@gmem/tensor";
import { RunningMoments } from "@gmem/tensor/linalg";
import { readSafetensors } from "@gmem/weights";
import fc from "fast-check";
import { beforeAll, describe, expect, it } from "vitest";
import { featureStatistics, statisticsOf } from "./feature-statistics.ts";
import { frechetDistance } from "./frechet-distance.ts";

const path = fileURLToPath(new URL("../../test/fixtures/metrics.a.safetensors", import.meta.url));
let fixture: Awaited<ReturnType<typeof readSafetensors>>;
let values: Record<string, number>;
beforeAll(async () => {
  fixture = await readSafetensors(path);
  values = JSON.parse(fixture.metadata.values_float64 as string);
});

const tensor = (name: string): NDArray<"f32"> => fixture.tensors[name] as NDArray<"f32">;
const statistics = (kind: string, i: 1 | 2): FeatureStatistics => ({
  count: 100,
  mean: Float64Array.from(tensor(`in/stats/${kind}/mu${i}`).data),
  covariance: Float64Array.from(tensor(`in/stats/${kind}/sigma${i}`).data),
});

describe("frechetDistance equals the reference (pytorch-fid, scipy sqrtm; exact eigenvalues where singular)", () => {
  it.each(["regular", "singular_one", "singular_both", "tiny_scale", "identical", "zero_cov"])("%s", async (kind) => {
    for (const engine of [undefined, referenceEngine()]) {
      const distance = await frechetDistance(statistics(kind, 1), statistics(kind, 2), engine ? { engine } : {});
      const expected = values[`fid_${kind}_eig`] as number;
      expect(Math.abs(distance - expected)).toBeLessThanOrEqual(1e-6 * Math.abs(expected) + 1e-9);
    }
  });
  it("from features", async () => {
    const [a, b] = [await featureStatistics(tensor("in/features1")), await featureStatistics(tensor("in/features2"))];
    expect(Math.abs((await frechetDistance(a, b)) / (values.fid_features as number) - 1)).toBeLessThan(1e-6);
  });
});

describe("frechetDistance", () => {
  it("of diagonal covariances is the sum of (σ₁ − σ₂)² and the squared distance of the means", async () => {
    const deviations = fc.array(
      fc.tuple(fc.double({ min: 0, max: 5, noNaN: true }), fc.double({ min: 0, max: 5, noNaN: true })),
      { minLength: 1, maxLength: 6 },
    );
    await fc.assert(
      fc.asyncProperty(deviations, async (pairs) => {
        const n = pairs.length;
        const make = (side: 0 | 1): FeatureStatistics => {
          const covariance = new Float64Array(n * n);
          for (const [i, pair] of pairs.entries()) covariance[i * n + i] = pair[side] ** 2;
          return { count: 10, mean: new Float64Array(n).fill(side), covariance };
        };
        const expected = pairs.reduce((sum, [a, b]) => sum + (a - b) ** 2, n);
        expect(await frechetDistance(make(0), make(1))).toBeCloseTo(expected, 5);
      }),
      { numRuns: 50 },
    );
  });
  it("is symmetric, also with fewer rows than columns", async () => {
    const a = await featureStatistics(key(1).normal([5, 8]));
    const b = await featureStatistics(key(2).normal([40, 8]));
    expect(await frechetDistance(a, b)).toBeCloseTo(await frechetDistance(b, a), 6);
    expect(await frechetDistance(a, a)).toBeCloseTo(0, 6);
  });
  it("refuses statistics of other widths", async () => {
    const [a, b] = [await featureStatistics(key(1).normal([5, 2])), await featureStatistics(key(1).normal([5, 3]))];
    await expect(frechetDistance(a, b)).rejects.toMatchObject({ code: "SHAPE" });
  });
});

describe("featureStatistics", () => {
  it("are mean and unbiased covariance", async () => {
    const { mean, covariance, count } = await featureStatistics(array([1, 2, 3, 6, 5, 4], [3, 2]));
    expect([count, ...mean]).toEqual([3, 3, 4]);
    [4, 2, 2, 4].forEach((value, i) => void expect(covariance[i]).toBeCloseTo(value, 12));
  });
  it("are the same in blocks, in merged shards and with an engine", async () => {
    const x = key(4).normal([30, 3]);
    const part = (from: number, to: number): NDArray<"f32"> => array(x.data.slice(3 * from, 3 * to), [to - from, 3]);
    const whole = await featureStatistics(x);
    const merged = new RunningMoments(3).add(part(0, 13).data).merge(new RunningMoments(3).add(part(13, 30).data));
    for (const other of [
      await featureStatistics([part(0, 7), part(7, 30)]),
      statisticsOf(merged),
      await featureStatistics(x, { engine: referenceEngine() }),
    ])
      other.covariance.forEach((value, i) => void expect(value).toBeCloseTo(whole.covariance[i] as number, 6));
  });
  it("refuse one row, no rows, other shapes and NaN", async () => {
    await expect(featureStatistics(array([1, 2], [1, 2]))).rejects.toMatchObject({ code: "DATA" });
    await expect(featureStatistics([])).rejects.toMatchObject({ code: "DATA" });
    await expect(featureStatistics(array([1, 2]))).rejects.toMatchObject({ code: "SHAPE" });
    await expect(featureStatistics(array([1, Number.NaN, 3, 4], [2, 2]))).rejects.toMatchObject({ code: "NON_FINITE" });
  });
});
