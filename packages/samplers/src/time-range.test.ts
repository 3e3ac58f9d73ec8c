import "@gmem/testing";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { euler } from "./euler.ts";
import { evaluationTimes } from "./evaluation-times.ts";
import { shiftedGrid, uniformGrid } from "./grid.ts";
import { cfg } from "./guidance.ts";
import { heun2 } from "./heun.ts";
import { rk4 } from "./runge-kutta.ts";
import { timeRange } from "./time-range.ts";

describe("time", () => {
  it("falls on every grid, from its first to its last value", () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 200 }), fc.double({ min: 0.05, max: 20, noNaN: true }), (steps, a) => {
        const times = shiftedGrid(a)([1, 0], steps);
        expect(times.length).toBe(steps + 1);
        expect([times[0], times.at(-1)]).toEqual([1, 0]);
        times.slice(1).forEach((t, i) => {
          expect(t).toBeLessThan(times[i] as number);
        });
      }),
    );
  });

  it("LightningDiT's shift 0.3 is 1/0.3 here", () => {
    const shift = shiftedGrid(1 / 0.3);
    expect(shift([1, 0], 10)[1]).toBeAllclose(0.96774, { atol: 1e-5 });
    expect(shift([1, 0], 2)[1]).toBeAllclose(0.76923, { atol: 1e-5 });
  });

  it("a grid over part of the range keeps its ends", () => {
    expect(uniformGrid([1, 0.04], 3)).toBeAllclose([1, 0.68, 0.36, 0.04]);
    expect(() => uniformGrid([1, 0], 1.5)).toThrow(/positive integer/);
    expect(() => shiftedGrid(0)).toThrow(/must be positive/);
  });

  it("stays away from what is infinite", () => {
    const linear = { interpolant: { name: "linear" }, prediction: "velocity" } as const;
    expect(timeRange(linear)).toEqual([1, 0]);
    expect(timeRange({ ...linear, form: "sigma", lastStepSize: 0.04 })).toEqual([1, 0.04]);
    expect(timeRange({ ...linear, form: "SBDM", lastStepSize: 0.04 })).toEqual([0.999, 0.04]);
    expect(timeRange({ ...linear, prediction: "noise" })).toEqual([0.999, 1e-3]);
    expect(timeRange({ ...linear, interpolant: { name: "vp" } })).toEqual([1, 1e-3]);
  });

  it("tells when a solver looks at the velocity", () => {
    expect(evaluationTimes(euler, { t: 1, tNext: 0.5 })).toEqual([1]);
    expect(evaluationTimes(heun2, { t: 1, tNext: 0.5 })).toEqual([1, 0.5]);
    expect(evaluationTimes(rk4, { t: 1, tNext: 0.4 })).toBeAllclose([1, 0.8, 0.6, 0.4]);
  });

  it("cfg checks its settings", () => {
    expect(cfg({ scale: 2 })).toEqual({ scale: 2, interval: [0, 1] });
    expect(() => cfg({ scale: Number.NaN })).toThrow(/scale must be finite/);
    expect(() => cfg({ scale: 2, interval: [0.5, 0.2] })).toThrow(/0 is data/);
    expect(() => cfg({ scale: 2, channels: 0 })).toThrow(/channels/);
  });
});
