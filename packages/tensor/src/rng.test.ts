import "@gmem/testing";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { isGMemError, key } from "./index.ts";

/** Mean, variance, skewness and kurtosis. */
function moments(data: Float32Array): readonly [number, number, number, number] {
  const mean = data.reduce((sum, x) => sum + x, 0) / data.length;
  const central = (power: number): number => data.reduce((sum, x) => sum + (x - mean) ** power, 0) / data.length;
  const variance = central(2);
  return [mean, variance, central(3) / variance ** 1.5, central(4) / variance ** 2];
}

const correlation = (a: Float32Array, b: Float32Array): number =>
  a.reduce((sum, x, i) => sum + x * (b[i] as number), 0) / a.length;

describe("Rng", () => {
  const count = 200_000; // standard error of a mean: 0.0022

  it("draws normals with the moments of N(0, 1)", () => {
    expect(moments(key(1).normal([count]).data)).toBeAllclose([0, 1, 0, 3], { atol: 0.05, rtol: 0 });
  });

  it("draws uniforms in [0, 1) with the moments of U(0, 1)", () => {
    const { data } = key(2).uniform([count]);
    expect(data.every((x) => x >= 0 && x < 1)).toBe(true);
    expect(moments(data)).toBeAllclose([0.5, 1 / 12, 0, 1.8], { atol: 0.02, rtol: 0 });
  });

  it("splits into independent streams, by number and by name", () => {
    const parent = key(3);
    const streams = [parent, parent.split(0), parent.split(1), parent.split("0"), parent.split("a").split(0), key(4)];
    const draws = streams.map((rng) => rng.normal([20_000]).data);
    draws.forEach((a, i) => {
      for (const b of draws.slice(i + 1)) expect(correlation(a, b)).toBeAllclose(0, { atol: 0.04 });
    });
  });

  it("gives the same numbers for the same key, whatever else was drawn", () => {
    const rng = key(5).split("noise").split(12);
    const first = rng.normal([7]);
    rng.uniform([100]);
    expect(rng.normal([7])).toEqual(first);
    expect(key(5).split("noise").split(12).normal([7])).toEqual(first);
    expect(rng.normal([3]).data).toEqual(first.data.subarray(0, 3));
  });

  it("tells long names with a common beginning apart", () => {
    const names = ["", "a", "a\0", "blocks.10", "blocks.11", "blocks.1", "blocks.10.attn"];
    expect(new Set(names.map((name) => String(key(0).split(name).bits(2)))).size).toBe(names.length);
  });

  it("permutes: every number once", () => {
    fc.assert(
      fc.property(fc.nat(2 ** 20), fc.nat(200), (seed, n) => {
        expect([...key(seed).permutation(n)].sort((a, b) => a - b)).toEqual(Array.from({ length: n }, (_, i) => i));
      }),
      { numRuns: 50 },
    );
  });

  it("puts each number in each place equally often", () => {
    const n = 5;
    const counts = new Float64Array(n * n);
    for (let seed = 0; seed < 5000; seed++)
      key(seed)
        .permutation(n)
        .forEach((value, place) => {
          counts[value * n + place] = (counts[value * n + place] as number) + 1;
        });
    expect(counts).toBeAllclose(new Float64Array(n * n).fill(1000), { atol: 150 });
  });

  it.each([-1, 0.5, Number.NaN, 2 ** 53])("refuses the seed %d", (seed) => {
    expect(() => key(seed)).toThrow(/^key: the seed must be an integer 0…2\^53−1, got /);
    try {
      key(seed);
    } catch (error) {
      expect(isGMemError(error, "CONFIG")).toBe(true);
    }
  });
});
