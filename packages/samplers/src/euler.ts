import type { Solver } from "@gmem/spec";
import { perSample } from "@gmem/tensor";

/**
 * Euler's method on the probability-flow ODE: x' = x + (t' − t)·v(x, t), one evaluation a step (docs/formulas.md,
 * "Solvers").
 * @example
 * const graph = trace({ feeds: { x: f32(1, 1, 1, 1), t: f32(1), tNext: f32(1) } }, ({ feeds: { x, t, tNext } }) => ({
 *   fetches: { x: euler.step((at) => at.mul(2), { x, t, tNext, eps: x }) },
 * }));
 * const feeds = { x: array([1], [1, 1, 1, 1]), t: array([1]), tNext: array([0.75]) };
 * const { fetches } = evaluate(graph, feeds); // 1 − 0.25 · 2 = 0.5
 */
export const euler: Solver = {
  name: "euler",
  evaluations: 1,
  stochastic: false,
  step: (v, { x, t, tNext }) => x.add(v(x, t).mul(perSample(tNext.sub(t), x.rank))), // [N,C,H,W]
};
