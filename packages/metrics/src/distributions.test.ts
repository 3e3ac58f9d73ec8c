import { array, key } from "@gmem/tensor";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { inceptionScore } from "./inception/inception-score.ts";
import { kernelDistance } from "./kernel/kernel-distance.ts";
import { kernelSubsets, type SubsetPair } from "./kernel/kernel-subsets.ts";
import { precisionRecall } from "./neighbours/precision-recall.ts";
import { openDraws } from "./random/draws.ts";

describe("inceptionScore", () => {
  it("is 1 for equal images and K for sure and even ones", () => {
    expect(inceptionScore(array([1, 2, 3, 1, 2, 3], [2, 3])).score).toBeCloseTo(1, 12);
    expect(inceptionScore(array([99, 0, 0, 0, 99, 0, 0, 0, 99], [3, 3])).score).toBeCloseTo(3, 12);
  });
  it("lies between 1 and the number of classes, and does not change when all logits of a row shift", () => {
    fc.assert(
      fc.property(fc.nat(1000), fc.integer({ min: -50, max: 50 }), (seed, shift) => {
        const logits = key(seed).normal([12, 5]);
        const { score } = inceptionScore(logits);
        expect(score).toBeGreaterThanOrEqual(1);
        expect(score).toBeLessThanOrEqual(5);
        const moved = array(
          logits.data.map((value) => value + shift),
          [12, 5],
        );
        expect(inceptionScore(moved).score).toBeCloseTo(score, 4);
      }),
      { numRuns: 30 },
    );
  });
  it("averages splits, also a short last one, and refuses impossible ones", () => {
    const { score, splits } = inceptionScore(key(0).normal([7, 3]), { splitSize: 3 });
    expect(splits).toHaveLength(3);
    expect(score).toBeCloseTo(splits.reduce((a, b) => a + b) / 3, 12);
    expect(() => inceptionScore(key(0).normal([7, 3]), { splitSize: 0 })).toThrow(/splitSize/);
    expect(() => inceptionScore(key(0).normal([7]))).toThrow(/\[N,K\]/);
  });
});

describe("kernelDistance", () => {
  it("is near 0 for one distribution, and large for another", async () => {
    const subsets = kernelSubsets(openDraws("numpy", 2), { rows: [200, 200], count: 10, size: 100 });
    const a = key(0).normal([200, 4]);
    const near = await kernelDistance(a, key(1).normal([200, 4]), { subsets });
    expect(Math.abs(near.mean)).toBeLessThan(0.2);
    const far = array(
      key(1)
        .normal([200, 4])
        .data.map((value) => value + 2),
      [200, 4],
    );
    expect((await kernelDistance(a, far, { subsets })).mean).toBeGreaterThan(10);
  });
  it("draws other rows for each subset, none twice, and all where there are few", () => {
    const subsets = kernelSubsets(openDraws("numpy", 0), { rows: [9, 5], count: 3, size: 6 });
    expect(subsets.map(([a, b]) => [new Set(a).size, new Set(b).size])).toEqual(new Array(3).fill([6, 5]));
    expect(new Set(subsets.map(([a]) => a.join())).size).toBe(3);
  });
  it("notes subsets as large as a side, whose deviation says nothing", async () => {
    const [a, b] = [key(0).normal([9, 2]), key(1).normal([5, 2])];
    const of = (size?: number) =>
      kernelDistance(a, b, {
        subsets: kernelSubsets(openDraws("numpy", 2), { rows: [9, 5], count: 3, ...(size ? { size } : {}) }),
      });
    expect(await of(4)).not.toHaveProperty("note");
    expect((await of(6)).note).toMatch(/^3 of 3 subsets hold all 5 rows of the second side.*smaller size/);
    const all = await of();
    expect(all.deviation).toBeCloseTo(0, 12);
    expect(all.note).toMatch(/all 9 rows of the first side, 3 of 3 subsets hold all 5 rows/);
  });
  it("refuses other widths and subsets of one row", async () => {
    const [a, b] = [key(0).normal([4, 2]), key(0).normal([4, 3])];
    await expect(kernelDistance(a, b, { subsets: [] })).rejects.toMatchObject({ code: "SHAPE" });
    const one = Int32Array.of(0);
    await expect(kernelDistance(a, a, { subsets: [[one, one]] })).rejects.toMatchObject({ code: "DATA" });
    const beyond: readonly SubsetPair[] = [[Int32Array.of(0, 3), Int32Array.of(1, 4)]];
    await expect(kernelDistance(a, a, { subsets: beyond })).rejects.toThrow(/subset 0 must be of rows 0 … 3, got 4/);
  });
});

describe("precisionRecall", () => {
  it("is 1 for equal rows, 0 for rows far away", async () => {
    const real = key(0).normal([20, 3]);
    const far = array(
      real.data.map((value) => value + 100),
      [20, 3],
    );
    expect(await precisionRecall(real, real)).toMatchObject({ precision: 1, recall: 1 });
    expect(await precisionRecall(real, far)).toMatchObject({ precision: 0, recall: 0 });
  });
  it("has high precision and low recall for samples of one mode of two", async () => {
    const two = array([0, 0.1, 0.2, 0.3, 9, 9.1, 9.2, 9.3], [8, 1]);
    const one = array([0.05, 0.15, 0.25, 0.12], [4, 1]);
    expect(await precisionRecall(two, one, { neighbours: 2 })).toMatchObject({ precision: 1, recall: 0.5 });
  });
  it("measures radii to the k-th other row, and refuses fewer rows", async () => {
    const x = array([0, 1, 3, 6], [4, 1]);
    expect([...(await precisionRecall(x, x, { neighbours: 2 })).radii.real]).toEqual([9, 4, 9, 25]);
    await expect(precisionRecall(x, x, { neighbours: 4 })).rejects.toMatchObject({ code: "DATA" });
  });
});
