import { array, key } from "@gmem/tensor";
import { describe, expect, it } from "vitest";
import { meanDecibels, peakSignalToNoise } from "./signal-to-noise.ts";
import { structuralSimilarity } from "./structural-similarity.ts";

const image = key(0).uniform([2, 3, 14, 13]);
const close = (values: Iterable<number>): unknown[] => Array.from(values, (value) => expect.closeTo(value, 10));
const other = key(1).uniform([2, 3, 14, 13]);

describe("structuralSimilarity", () => {
  it.each(["gaussian", "uniform"] as const)(
    "with a %s window is 1 for equal images, less for others, symmetric",
    (window) => {
      expect([...structuralSimilarity(image, image, { range: 1, window })]).toEqual(close([1, 1]));
      const there = structuralSimilarity(image, other, { range: 1, window });
      expect(Math.max(...there)).toBeLessThan(0.5);
      expect([...there]).toEqual(close(structuralSimilarity(other, image, { range: 1, window })));
    },
  );
  it("does not change when values and range are scaled", () => {
    const scaled = [image, other].map(({ data, shape }) =>
      array(
        data.map((value) => 256 * value),
        shape,
      ),
    ) as [typeof image, typeof image];
    const expected = structuralSimilarity(image, other, { range: 1 });
    expect([...structuralSimilarity(...scaled, { range: 256 })]).toEqual(close(expected));
  });
  it("refuses images smaller than the window and of other shapes", () => {
    const small = key(0).uniform([1, 3, 10, 20]);
    expect(() => structuralSimilarity(small, small, { range: 1 })).toThrow(/at least 11 pixels/);
    expect(() => structuralSimilarity(image, small, { range: 1 })).toThrow(expect.objectContaining({ code: "SHAPE" }));
  });
});

describe("peakSignalToNoise", () => {
  it("is 20 dB for a difference of a tenth of the range, and Infinity for equal images", () => {
    const shifted = array(
      image.data.map((value, i) => value + (i < image.data.length / 2 ? 0.1 : 0)),
      image.shape,
    );
    const [first, second] = peakSignalToNoise(image, shifted, { range: 1 });
    expect(first).toBeCloseTo(20, 4);
    expect(second).toBe(Infinity);
    expect(meanDecibels(Float64Array.of(20, Infinity))).toBe(60);
    expect(() => meanDecibels(Float64Array.of())).toThrow(expect.objectContaining({ code: "DATA" }));
  });
});
