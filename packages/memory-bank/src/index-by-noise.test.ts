import { isGMemError, key } from "@gmem/tensor";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { type IndexSpec, indexByNoise } from "./index-by-noise.ts";
import { keyedPermutation } from "./keyed-permutation.ts";
import { erfc, normalCdf } from "./normal-cdf.ts";

describe("normalCdf", () => {
  it.each([
    [-8, 6.220960574271784e-16],
    [-3, 0.0013498980316300946],
    [-0.3, 0.3820885778110474],
    [0, 0.5],
    [0.5, 0.6914624612740131],
    [1, 0.8413447460685429],
    [2.5, 0.9937903346742238],
    [6, 0.9999999990134123],
  ])("gives Φ(%f) to double precision", (x, expected) => {
    expect(Math.abs(normalCdf(x) - expected)).toBeLessThanOrEqual(3e-15 * Math.max(expected, 1e-3));
  });
  it("is symmetric, monotone and saturates", () => {
    for (let x = -9; x < 9; x += 0.01) {
      expect(Math.abs(erfc(x) + erfc(-x) - 2)).toBeLessThan(1e-15 * 4);
      expect(normalCdf(x)).toBeLessThanOrEqual(normalCdf(x + 0.01));
    }
    expect(normalCdf(10)).toBe(1);
    expect(normalCdf(-40)).toBe(0);
  });
});

describe("keyedPermutation", () => {
  it("is a bijection of 0 … size−1 for any size and seed", () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 600 }), fc.nat(), (size, seed) => {
        const permuted = keyedPermutation(size, seed);
        const seen = new Set(Array.from({ length: size }, (_, i) => permuted(i)));
        return seen.size === size && [...seen].every((value) => value >= 0 && value < size);
      }),
      { numRuns: 60 },
    );
  });
  it("stays inside for sizes beyond 2^31 and is not the identity", () => {
    const size = 2 ** 33 + 7;
    const permuted = keyedPermutation(size, 1);
    const values = Array.from({ length: 200 }, (_, i) => permuted(size - 1 - i));
    expect(new Set(values).size).toBe(200);
    expect(values.every((value) => Number.isInteger(value) && value >= 0 && value < size)).toBe(true);
  });
  it("separates neighbours", () => {
    const permuted = keyedPermutation(10_000, 5);
    let close = 0;
    for (let i = 0; i < 9999; i++) if (Math.abs(permuted(i) - permuted(i + 1)) < 100) close++;
    expect(close).toBeLessThan(500); // 1 % of 10 000 rows on either side: 200 expected
  });
});

describe("indexByNoise", () => {
  const specs: IndexSpec[] = [
    { kind: "projection", seed: 3 },
    { kind: "sum", seed: 3 },
    { kind: "element", seed: 3, element: 5 },
    { kind: "hash", seed: 3 },
    { kind: "independent", seed: 3 },
  ];
  it.each(specs)("chooses rows uniformly: $kind (chi-square over 64 rows)", (spec) => {
    const [draws, bins] = [6400, 64];
    const counts = new Int32Array(bins);
    const noise = key(11).normal([draws, 1, 2, 8]);
    for (const row of indexByNoise(noise, { size: bins, spec })) counts[row] = (counts[row] as number) + 1;
    const expected = draws / bins;
    const chiSquare = counts.reduce((sum, count) => sum + (count - expected) ** 2 / expected, 0);
    expect(chiSquare).toBeLessThan(115); // p = 1e-4 for 63 degrees of freedom: 114.8
  });
  it.each(specs)(
    "stays inside for one and two rows, sizes that are no power of two and extreme noise: $kind",
    (spec) => {
      for (const size of [1, 2, 3, 1000, 1_281_167])
        for (const value of [-1e30, -10, 0, 10, 1e30]) {
          const noise = { dtype: "f32" as const, shape: [2, 1, 2, 4], data: new Float32Array(16).fill(value) };
          for (const row of indexByNoise(noise, { size, spec })) expect(row >= 0 && row < size).toBe(true);
        }
    },
  );
  it("gives a sample the same row alone and in a batch", () => {
    const noise = key(1).normal([8, 4, 4, 4]);
    for (const kind of ["projection", "sum", "element", "hash"] as const) {
      const together = indexByNoise(noise, { size: 1000, spec: { kind, seed: 0 } });
      for (let i = 0; i < 8; i++) {
        const alone = { dtype: "f32" as const, shape: [1, 4, 4, 4], data: noise.data.slice(i * 64, (i + 1) * 64) };
        expect(indexByNoise(alone, { size: 1000, spec: { kind, seed: 0 } })[0]).toBe(together[i]);
      }
    }
  });
  it("refuses noise without samples, an empty bank and an element outside", () => {
    const noise = key(0).normal([2, 1, 2, 2]);
    const refused = (run: () => unknown): void => expect(run).toThrow(expect.toSatisfy((e) => isGMemError(e, "SHAPE")));
    refused(() => indexByNoise(noise, { size: 0, spec: { kind: "sum", seed: 0 } }));
    refused(() => indexByNoise(key(0).normal([4]), { size: 5, spec: { kind: "sum", seed: 0 } }));
    refused(() => indexByNoise(noise, { size: 5, spec: { kind: "element", seed: 0, element: 4 } }));
  });
});
