import { perSample, sqrt } from "@gmem/tensor";
import { type DiffusionOptions, diffusion, reverseDrift, type StochasticSolver } from "./diffusion.ts";

/**
 * Heun on the reverse SDE, as SiT and GMem write it: the noise comes first, x̂ = x + √(w(t)h)·ε, then
 * k₁ = F(x̂, t), k₂ = F(x̂ − h·k₁, t'), x' = x̂ − h(k₁ + k₂)/2 (docs/formulas.md, "Solvers"). The last step has length
 * 0.004 and no noise.
 * @example
 * // no-run
 * declare const { model }: SamplerOptions;
 * const solver = heunSde({ interpolant: model.interpolant, form: "linear" });
 */
export function heunSde(options: DiffusionOptions): StochasticSolver {
  return {
    name: "heun-sde",
    evaluations: 2,
    stochastic: true,
    diffusion: options,
    lastStepSize: 0.004,
    step(v, { x, t, tNext, eps }) {
      const drift = reverseDrift(v, options);
      const h = t.sub(tNext); // [N]
      const wide = perSample(h, x.rank); // [N,1,1,1]
      const noisy = x.add(eps.mul(perSample(sqrt(diffusion(t, options).mul(h)), x.rank))); // [N,C,H,W]
      const k1 = drift(noisy, t);
      const k2 = drift(noisy.sub(k1.mul(wide)), tNext);
      return noisy.sub(k1.add(k2).mul(wide.mul(0.5)));
    },
  };
}
