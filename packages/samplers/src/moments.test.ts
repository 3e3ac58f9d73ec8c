import "@gmem/testing";
import type { Solver } from "@gmem/spec";
import { array, cos, evaluate, f32, type NDArray, type Tensor, trace } from "@gmem/tensor";
import { describe, expect, it } from "vitest";
import { gaussianVelocity, straight } from "../test/gaussian-model.ts";
import type { DiffusionForm } from "./diffusion.ts";
import { euler } from "./euler.ts";
import { eulerMaruyama } from "./euler-maruyama.ts";
import { shiftedGrid } from "./grid.ts";
import { heun, heun2 } from "./heun.ts";
import { heunSde } from "./heun-sde.ts";
import { cost, plan, type ScheduleOptions } from "./plan.ts";
import { heun3, midpoint, rk4 } from "./runge-kutta.ts";

const data = { mean: 2, std: 0.5 };
const model = { interpolant: straight, prediction: "velocity" } as const;

/** Four samples tell a step x' = a·x + b + c·ε apart: (0, 0), (1, 0), (0, 1). */
function coefficients(solver: Solver, t: number, tNext: number): { a: number; b: number; c: number } {
  const feeds = { x: f32(3, 1, 1, 1), eps: f32(3, 1, 1, 1), t: f32(3), tNext: f32(3) };
  const graph = trace({ feeds }, (given) => ({
    fetches: { x: solver.step((x, time) => gaussianVelocity(x, time, data), given.feeds) },
  }));
  const wide = (values: readonly number[], shape: readonly number[]): NDArray =>
    array(Float64Array.from(values), shape, "f64");
  const given = {
    x: wide([0, 1, 0], [3, 1, 1, 1]),
    eps: wide([0, 0, 1], [3, 1, 1, 1]),
    t: wide([t, t, t], [3]),
    tNext: wide([tNext, tNext, tNext], [3]),
  };
  const [b = 0, ab = 0, cb = 0] = evaluate(graph, given, {}, { precision: "f64" }).fetches.x?.data ?? [];
  return { a: ab - b, b, c: cb - b };
}

/** Mean and standard deviation after all steps from N(mean, std²) at the first, exactly. */
function moments(solver: Solver, options: ScheduleOptions & { readonly from?: { mean: number; std: number } }) {
  const steps = plan(solver, model, options);
  let { mean, std } = options.from ?? { mean: 0, std: 1 };
  for (const step of steps) {
    const { a, b, c } = coefficients(step.solver, step.t, step.tNext);
    mean = a * mean + b;
    std = Math.hypot(a * std, c);
  }
  return { mean, std, nfe: cost(steps).nfe };
}

describe("stochastic solvers on data N(2, 0.5²)", () => {
  it.each([
    ["linear", 1, 250, 0.494343],
    ["linear", 1, 50, 0.492055],
    ["sigma", 0.5, 250, 0.495264],
    ["SBDM", 1, 250, 0.49499],
    ["decreasing", 1, 250, 0.496999],
    ["inccreasing-decreasing", 1, 250, 0.497145],
    ["increasing-decreasing", 1, 250, 0.497145],
    ["constant", 0.5, 250, 0.456769],
  ] as const)("Euler–Maruyama %s (norm %s), %i evaluations: std %f", (form: DiffusionForm, norm, steps, std) => {
    const found = moments(eulerMaruyama({ interpolant: straight, form, norm }), { steps });
    expect(found.nfe).toBe(steps);
    expect(found.std).toBeAllclose(std, { atol: 1e-6, rtol: 0 });
    expect(found.mean).toBeAllclose(2, { atol: 2e-6, rtol: 0 });
  });

  it.each([
    [50, 99, 0.500424],
    [125, 249, 0.500121],
  ])("Heun of %i points: %i evaluations, std %f", (steps, nfe, std) => {
    const found = moments(heunSde({ interpolant: straight, form: "linear" }), { steps });
    expect(found.nfe).toBe(nfe);
    expect(found.std).toBeAllclose(std, { atol: 1e-6, rtol: 0 });
    expect(found.mean).toBeAllclose(2, { atol: 1e-6, rtol: 0 });
  });
});

describe("deterministic solvers from z = 1 (exactly 2.5)", () => {
  const from = { mean: 1, std: 0 };

  it.each([
    ["Euler", euler, 10, 10, 2.4307826],
    ["Euler", euler, 50, 50, 2.4853967],
    ["Euler", euler, 250, 250, 2.4970452],
    ["Euler", euler, 49, 49, 2.4851031],
    ["Heun", heun, 10, 19, 2.490813],
    ["Heun", heun, 50, 99, 2.4996809],
  ] as const)("%s, %s steps", (_, solver, steps, nfe, x) => {
    const found = moments(solver, { steps, from });
    expect(found.nfe).toBe(nfe);
    expect(found.mean).toBeAllclose(x, { atol: 1e-6, rtol: 0 });
  });

  it("Euler on a shifted grid", () => {
    const { mean } = moments(euler, { steps: 50, from, grid: shiftedGrid(1 / 0.3) });
    expect(mean).toBeAllclose(2.4691757, { atol: 1e-6, rtol: 0 });
  });

  it.each([
    [euler, 1],
    [heun2, 2],
    [midpoint, 2],
    [heun3, 3],
    [rk4, 4],
  ] as const)("$name converges with its order", (solver, order) => {
    // dx/dt = t·x + cos t, from 1 at t = 1 back to 0
    const growth = (steps: number): number => {
      const feeds = { x: f32(1, 1, 1, 1), t: f32(1), tNext: f32(1) };
      const graph = trace({ feeds }, ({ feeds: { x, t, tNext } }) => {
        const wide = (value: Tensor): Tensor => value.reshape([1, 1, 1, 1]);
        const v = (at: Tensor, time: Tensor): Tensor => at.mul(wide(time)).add(wide(cos(time)));
        return { fetches: { x: solver.step(v, { x, t, tNext, eps: x }) } };
      });
      let x = array(new Float64Array([1]), [1, 1, 1, 1], "f64") as NDArray;
      for (let i = 0; i < steps; i++) {
        const [t, tNext] = [1 - i / steps, 1 - (i + 1) / steps].map((time) =>
          array(new Float64Array([time]), [1], "f64"),
        );
        const given = { x, t: t as NDArray, tNext: tNext as NDArray };
        x = evaluate(graph, given, {}, { precision: "f64" }).fetches.x as NDArray;
      }
      return x.data[0] as number;
    };
    // three step sizes tell the order without the exact answer
    const [coarse, middle, fine] = [8, 16, 32].map(growth) as [number, number, number];
    expect(Math.log2((coarse - middle) / (middle - fine))).toBeAllclose(order, { atol: 0.25, rtol: 0 });
  });
});
