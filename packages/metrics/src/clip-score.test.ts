import { array, key } from "@gmem/tensor";
import { expect, it } from "vitest";
import { clipScore } from "./clip-score.ts";
import { gaussianDiscrepancy } from "./kernel/gaussian-discrepancy.ts";
import { untilQuality } from "./until-quality.ts";

it("CLIP score is 100 times the cosine, and 0 for opposites", () => {
  const images = array([1, 0, 3, 4, 1, 1], [3, 2]);
  const { values, value, low, high } = clipScore(images, array([2, 0, 4, 3, -1, -1], [3, 2]));
  expect([...values]).toEqual([100, expect.closeTo(96, 10), 0]);
  expect(value).toBeCloseTo(196 / 3, 10);
  expect(low).toBeLessThan(value);
  expect(high).toBeGreaterThan(value);
  expect(() => clipScore(images, array([1, 0], [1, 2]))).toThrow(/one text for each image/);
  expect(() => clipScore(images, array([1, 0, 0, 0, 1, 1], [3, 2]))).toThrow(/pair 1 .* zeros/);
});

it("CMMD is 1,000 times the biased discrepancy of unit vectors, 0 for equal sets", async () => {
  const x = array([2, 0, 0, 5], [2, 2]);
  const y = array([1, 1], [1, 2]);
  // ‖x₀ − x₁‖² = 2, ‖xᵢ − y‖² = 2 − √2; k = exp(−‖·‖²/200)
  const expected = 1000 * ((1 + Math.exp(-0.01)) / 2 + 1 - 2 * Math.exp(-(2 - Math.SQRT2) / 200));
  expect(await gaussianDiscrepancy(x, y)).toBeCloseTo(expected, 4);
  expect(await gaussianDiscrepancy(x, x)).toBeCloseTo(0, 9);
  await expect(gaussianDiscrepancy(array([0, 0], [1, 2]), y)).rejects.toThrow(/row 0 is all zeros/);
  const far = key(0).normal([9, 4]);
  await expect(gaussianDiscrepancy(far, y)).rejects.toMatchObject({ code: "SHAPE" });
});

it("steps until a quality lie between the points around it on log step, and are none if it was not reached", () => {
  const points = [
    { step: 100, value: 9, low: 8, high: 10 },
    { step: 1000, value: 5, low: 2, high: 6 },
    { step: 10000, value: 1, low: 0.5, high: 4 },
  ];
  const how = { batchSize: 8, trainingImages: 50000 };
  const found = untilQuality(points, { atMost: 3, ...how });
  expect(found).toMatchObject({ step: 3162, images: 25296, epochs: 25296 / 50000, measuredTo: 10000 });
  expect(found.earliest).toBeLessThan(1000);
  expect(found).not.toHaveProperty("latest");
  expect(untilQuality(points, { atMost: 0.1, ...how })).toEqual({ measuredTo: 10000 });
  expect(untilQuality(points, { atMost: 20, ...how }).step).toBe(100);
  expect(() => untilQuality([points[1], points[0]] as never, { atMost: 1, ...how })).toThrow(/steps that increase/);
});
