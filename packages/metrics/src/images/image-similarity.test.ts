import { readFile } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import { array, key, type NDArray } from "@gmem/tensor";
import { readWeights } from "@gmem/weights";
import { describe, expect, it } from "vitest";
import { decibelsOfMeanError, meanDecibels, peakSignalToNoise } from "./signal-to-noise.ts";
import { structuralSimilarity } from "./structural-similarity.ts";

const image = key(0).uniform([2, 3, 14, 13]);
const close = (values: Iterable<number>): unknown[] => Array.from(values, (value) => expect.closeTo(value, 10));
const other = key(1).uniform([2, 3, 14, 13]);

/** Images [2,3,32,24] in [0, 1] and what torchmetrics 1.9.0 says of them. */
async function torchmetrics() {
  const at = (name: string): string => fileURLToPath(new URL(`../../test/fixtures/${name}`, import.meta.url));
  const { tensors } = await readWeights(at("torchmetrics-1.9.npz"));
  const theirs = JSON.parse(await readFile(at("torchmetrics-1.9.json"), "utf8")) as Record<"ssim1" | "psnr1", number>;
  return { a: tensors.a as NDArray, b: tensors.b as NDArray, theirs };
}

describe("structuralSimilarity", () => {
  it.each(["valid", "torchmetrics", "scikit-image"] as const)(
    "as %s is 1 for equal images, less for others, symmetric",
    (protocol) => {
      expect([...structuralSimilarity(image, image, { range: 1, protocol })]).toEqual(close([1, 1]));
      const there = structuralSimilarity(image, other, { range: 1, protocol });
      expect(Math.max(...there)).toBeLessThan(0.5);
      expect([...there]).toEqual(close(structuralSimilarity(other, image, { range: 1, protocol })));
    },
  );
  it("has torchmetrics' number by its name, and that of windows inside by default", async () => {
    const { a, b, theirs } = await torchmetrics();
    const mean = (values: Float64Array): number => values.reduce((sum, value) => sum + value) / values.length;
    expect(mean(structuralSimilarity(a, b, { range: 1 }))).toBeCloseTo(0.9902104, 7);
    expect(mean(structuralSimilarity(a, b, { range: 1, protocol: "valid" }))).toBeCloseTo(0.9902104, 7);
    expect(mean(structuralSimilarity(a, b, { range: 1, protocol: "torchmetrics" }))).toBeCloseTo(theirs.ssim1, 6);
    expect(() => structuralSimilarity(a, b, { range: 1, protocol: "gaussian" as "valid" })).toThrow(
      /must be one of valid, torchmetrics, scikit-image/,
    );
  });
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
    expect(structuralSimilarity(small, small, { range: 1, protocol: "torchmetrics" })[0]).toBeCloseTo(1, 12);
    const tiny = key(0).uniform([1, 3, 5, 20]);
    expect(() => structuralSimilarity(tiny, tiny, { range: 1, protocol: "torchmetrics" })).toThrow(/at least 6 pixels/);
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
    for (const of of [meanDecibels, decibelsOfMeanError])
      expect(() => of(Float64Array.of())).toThrow(expect.objectContaining({ code: "DATA" }));
  });
  it("has two numbers for a batch: the mean of decibels, and torchmetrics' decibels of the mean error", async () => {
    const { a, b, theirs } = await torchmetrics();
    const each = peakSignalToNoise(a, b, { range: 1 });
    expect(meanDecibels(each)).toBeCloseTo(24.98397, 5);
    expect(decibelsOfMeanError(each)).toBeCloseTo(theirs.psnr1, 4);
    expect(decibelsOfMeanError(Float64Array.of(Infinity, Infinity))).toBe(Infinity);
  });
});
