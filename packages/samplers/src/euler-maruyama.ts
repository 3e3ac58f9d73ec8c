import { perSample, sqrt } from "@gmem/tensor";
import { type DiffusionOptions, diffusion, reverseDrift, type StochasticSolver } from "./diffusion.ts";

/**
 * Euler–Maruyama on the reverse SDE: x' = x − h·F(x, t) + √(w(t)h)·ε, h = t − t', one evaluation a step
 * (docs/formulas.md, "Solvers"). The last step has length 0.04 and no noise, as in SiT and REPA.
 * @example
 * // no-run
 * declare const { model }: SamplerOptions;
 * const solver = eulerMaruyama({ interpolant: model.interpolant, form: "linear" });
 */
export function eulerMaruyama(options: DiffusionOptions): StochasticSolver {
  return {
    name: "euler-maruyama",
    evaluations: 1,
    stochastic: true,
    diffusion: options,
    lastStepSize: 0.04,
    step(v, { x, t, tNext, eps }) {
      const h = t.sub(tNext); // [N]
      const noise = eps.mul(perSample(sqrt(diffusion(t, options).mul(h)), x.rank)); // [N,C,H,W]
      return x.sub(reverseDrift(v, options)(x, t).mul(perSample(h, x.rank))).add(noise);
    },
  };
}
