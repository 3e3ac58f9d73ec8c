import { describe, expect, it } from "vitest";
import { straight } from "../test/gaussian-model.ts";
import { euler } from "./euler.ts";
import { eulerMaruyama } from "./euler-maruyama.ts";
import { shiftedGrid } from "./grid.ts";
import { heun } from "./heun.ts";
import { plan, type ScheduleOptions } from "./plan.ts";

const path = { interpolant: straight, prediction: "velocity" } as const;
const sde = eulerMaruyama({ interpolant: straight });
const times = (solver: typeof euler, options: ScheduleOptions) => plan(solver, path, options).map(({ t }) => t);

describe("a plan with strength", () => {
  it("takes that share of the steps from that share of the time, with the same last step", () => {
    expect(times(euler, { steps: 10, strength: 0.4 })).toEqual([0.4, expect.closeTo(0.3), 0.2, expect.closeTo(0.1)]);
    expect(times(euler, { steps: 10, strength: 0.01 })).toEqual([0.01]);
    const shifted = times(euler, { steps: 4, strength: 0.5, grid: shiftedGrid(3) });
    expect(shifted[0]).toBeCloseTo(0.75); // 3 · ½ / (1 + 2 · ½)
    expect(plan(heun, path, { steps: 10, strength: 0.3 }).at(-1)?.solver).toBe(euler);
    expect(times(sde, { steps: 10, strength: 0.5 })).toHaveLength(5);
    expect(times(sde, { steps: 10, strength: 0.5 }).at(-1)).toBeCloseTo(0.04);
  });

  it("of 1 is the plan without it, and of 0 has no steps", () => {
    for (const solver of [euler, heun, sde])
      expect(times(solver, { steps: 6, strength: 1 })).toEqual(times(solver, { steps: 6 }));
    expect(plan(heun, path, { steps: 6, strength: 0 })).toEqual([]);
  });

  it("refuses one that is outside 0…1, or ends before it begins", () => {
    for (const strength of [-0.1, 1.1, Number.NaN])
      expect(() => plan(euler, path, { steps: 6, strength })).toThrow(/strength must be in 0…1/);
    expect(() => plan(sde, path, { steps: 6, strength: 0.03 })).toThrow(/must start before the last time, 0.04/);
  });
});
