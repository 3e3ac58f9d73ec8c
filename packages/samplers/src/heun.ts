import type { Solver } from "@gmem/spec";
import { perSample } from "@gmem/tensor";
import { euler } from "./euler.ts";

/** A solver that hands the last step, the one that arrives at data, to another. */
export interface FinishedSolver extends Solver {
  readonly last: Solver;
}

/**
 * Heun's method, second order, every step with two evaluations: d₁ = v(x, t), d₂ = v(x + h·d₁, t'),
 * x' = x + h(d₁ + d₂)/2, h = t' − t.
 */
export const heun2: Solver = {
  name: "heun2",
  evaluations: 2,
  stochastic: false,
  step(v, { x, t, tNext }) {
    const h = perSample(tNext.sub(t), x.rank); // [N,1,1,1], negative towards data
    const d1 = v(x, t); // [N,C,H,W]
    const d2 = v(x.add(d1.mul(h)), tNext);
    return x.add(d1.add(d2).mul(h.mul(0.5)));
  },
};

/**
 * Heun's method whose last step is plain Euler, as in REPA: N steps cost 2N − 1 evaluations and the network is never asked
 * at t = 0 (docs/formulas.md, "Solvers"). The default of the samplers.
 */
export const heun: FinishedSolver = { ...heun2, name: "heun", last: euler };
