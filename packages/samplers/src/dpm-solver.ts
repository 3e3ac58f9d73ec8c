import type { Interpolant, Velocity } from "@gmem/spec";
import { broadcast, concat, greater, log, maximum, perSample, scalar, slice, type Tensor, where } from "@gmem/tensor";
import type { FinishedSolver } from "./heun.ts";

/** Small beside every σ of a grid; keeps logarithms finite where they are not used. */
const tiny = 1e-30;

/**
 * DPM-Solver++(2M), multistep of order 2 with one evaluation a step (Lu et al. 2022, arXiv 2211.01095, Algorithm 2), on
 * x̂₀ = E[x₀|x]: with λ = log α/σ, h = λ' − λ, h₁ = λ − λ₁ of the step before and D = x̂₀ + h/(2h₁)(x̂₀ − x̂₀₁),
 * x' = (σ'/σ)x + (α' − ασ'/σ)D. The first and the last step are of order 1, D = x̂₀. On the linear interpolant it is what
 * diffusers' `DPMSolverMultistepScheduler` does with flow sigmas, Sana's and OpenUni's sampler.
 *
 * λ is −∞ at pure noise: the samplers start it at t = 0.999.
 * @example
 * // no-run
 * import { linearInterpolant } from "@gmem/model";
 * const solver = dpmSolver({ interpolant: linearInterpolant });
 * solver.memory?.(4); // 5: x̂₀ of the step before, and its time
 */
export function dpmSolver({ interpolant }: { readonly interpolant: Interpolant }): FinishedSolver {
  const data = (v: Velocity, x: Tensor, t: Tensor): Tensor =>
    interpolant.convert(v(x, t), { from: "velocity", to: "x0", x, t }); // [N,C,H,W]
  const shared = { evaluations: 1, stochastic: false } as const;
  return {
    name: "dpm-solver++",
    ...shared,
    memory: (channels) => channels + 1,
    step(v, { x: wide, t, tNext }) {
      const channels = ((wide.shape[1] as number) - 1) / 2;
      const x = slice(wide, 1, [0, channels]); // [N,C,H,W]
      const before = slice(wide, 1, [channels, 2 * channels]); // [N,C,H,W]  x̂₀₁
      const t1 = slice(wide, 1, [2 * channels, 2 * channels + 1]); // [N,1,H,W]  0 before the first step
      const [time, next] = [perSample(t, 4), perSample(tNext, 4)]; // 2 × [N,1,1,1]
      const now = data(v, x, t); // [N,C,H,W]  x̂₀
      const lambda = logRatio(interpolant, time); // [N,1,1,1]
      const share = logRatio(interpolant, next)
        .sub(lambda)
        .div(lambda.sub(logRatio(interpolant, t1)).mul(2)); // [N,1,H,W]  h/(2h₁)
      const known = where(greater(t1, 0), where(greater(next, 0), share, scalar(0)), scalar(0));
      const arrived = along(interpolant, { x, data: now.add(now.sub(before).mul(known)), time, next });
      return concat([arrived, now, broadcast(time, t1.shape)], 1); // [N,2C+1,H,W]
    },
    last: {
      name: "dpm-solver++ of order 1",
      ...shared,
      step: (v, { x, t, tNext }) =>
        along(interpolant, { x, data: data(v, x, t), time: perSample(t, 4), next: perSample(tNext, 4) }),
    },
  };
}

/** λ = log α − log σ of times of any shape. */
function logRatio(interpolant: Interpolant, t: Tensor): Tensor {
  const { alpha, sigma } = interpolant.at(t);
  return log(maximum(alpha, tiny)).sub(log(maximum(sigma, tiny)));
}

/** x' = (σ'/σ)x + (α' − ασ'/σ)D: the way to a constant D [N,C,H,W], without logarithms. */
function along(
  interpolant: Interpolant,
  at: { readonly x: Tensor; readonly data: Tensor; readonly time: Tensor; readonly next: Tensor },
): Tensor {
  const [from, to] = [interpolant.at(at.time), interpolant.at(at.next)]; // each [N,1,1,1]
  const kept = to.sigma.div(from.sigma);
  return at.x.mul(kept).add(at.data.mul(to.alpha.sub(from.alpha.mul(kept)))); // [N,C,H,W]
}
