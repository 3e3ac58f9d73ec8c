import type { Solver } from "@gmem/spec";
import { perSample, square } from "@gmem/tensor";
import { type DiffusionOptions, reverseDrift } from "./diffusion.ts";
import { euler } from "./euler.ts";

/** How an SDE ends: along the mean of its next step, by the ODE, at E[x₀|x], or not at all. */
export type LastStepKind = "mean" | "euler" | "tweedie" | "none";

/**
 * The noiseless last step of a stochastic solver, from t to t' (docs/formulas.md, "Last step"): mean x − h·F(x, t),
 * euler x − h·v, tweedie (x + σ²s)/α. Each costs one evaluation.
 */
export function lastStep(kind: Exclude<LastStepKind, "none">, options: DiffusionOptions): Solver {
  if (kind === "euler") return euler;
  return {
    name: kind,
    evaluations: 1,
    stochastic: false,
    step(v, { x, t, tNext }) {
      if (kind === "mean") return x.add(reverseDrift(v, options)(x, t).mul(perSample(tNext.sub(t), x.rank)));
      const { alpha, sigma } = options.interpolant.at(perSample(t, x.rank)); // [N,1,1,1]
      const score = options.interpolant.convert(v(x, t), { from: "velocity", to: "score", x, t });
      return x.add(square(sigma).mul(score)).div(alpha);
    },
  };
}
