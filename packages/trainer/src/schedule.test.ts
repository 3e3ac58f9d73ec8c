import { describe, expect, it } from "vitest";
import { constantRate, schedule } from "./schedule.ts";

describe("learning-rate schedules", () => {
  it("rise linearly, then fall along half a cosine to the floor and stay there", () => {
    const factor = schedule({ kind: "cosine", warmup: 20, floor: 0.05, steps: 120 });
    expect([0, 9, 19, 20].map(factor)).toEqual([0.05, 0.5, 1, 1]);
    expect(factor(70)).toBeCloseTo(0.05 + 0.95 / 2, 12);
    expect([120, 5000].map(factor)).toEqual([0.05, 0.05]);
  });
  it("fall linearly", () => {
    const factor = schedule({ kind: "linear", warmup: 0, floor: 0.2, steps: 10 });
    expect(factor(5)).toBeCloseTo(0.6, 12);
  });
  it("are constant by default", () => {
    const factor = schedule({ ...constantRate, steps: 10 });
    expect([0, 3, 99].map(factor)).toEqual([1, 1, 1]);
  });
  it("refuse a floor above 1", () => {
    expect(() => schedule({ ...constantRate, floor: 2, steps: 10 })).toThrow(/floor ≤ 1/);
  });
});
