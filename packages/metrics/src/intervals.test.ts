import { key } from "@gmem/tensor";
import { describe, expect, it } from "vitest";
import { bootstrapInterval, wilsonInterval } from "./intervals.ts";

describe("wilsonInterval", () => {
  it("equals published values", () => {
    const cases: [number, number, number, number][] = [
      [8, 10, 0.4902, 0.9433],
      [0, 10, 0, 0.2775],
      [10, 10, 0.7225, 1],
      [81, 263, 0.2553, 0.3662],
    ];
    for (const [successes, n, low, high] of cases) {
      const interval = wilsonInterval(successes, n);
      expect(interval.low).toBeCloseTo(low, 3);
      expect(interval.high).toBeCloseTo(high, 3);
      expect(interval.value).toBe(successes / n);
    }
  });
  it("widens with the level and refuses impossible counts", () => {
    expect(wilsonInterval(5, 10, { level: 0.99 }).low).toBeLessThan(wilsonInterval(5, 10).low);
    expect(() => wilsonInterval(3, 2)).toThrow("3 of 2");
    expect(() => wilsonInterval(0, 0)).toThrow("n ≥ 1");
    expect(() => wilsonInterval(1, 2, { level: 1 })).toThrow("level");
  });
});

describe("bootstrapInterval", () => {
  it("is near mean ± 1.96 standard errors for many normal values, and repeatable", () => {
    const values = key(1).normal([400]).data;
    const { value, low, high } = bootstrapInterval(values, { seed: 3 });
    expect(low).toBeCloseTo(value - 1.96 / 20, 1);
    expect(high).toBeCloseTo(value + 1.96 / 20, 1);
    expect(bootstrapInterval(values, { seed: 3 })).toEqual({ value, low, high });
  });
  it("of equal values is that value; of none is refused", () => {
    expect(bootstrapInterval([2, 2, 2])).toEqual({ value: 2, low: 2, high: 2 });
    expect(() => bootstrapInterval([])).toThrow("got none");
  });
});
