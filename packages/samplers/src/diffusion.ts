import type { Interpolant, Solver, Velocity } from "@gmem/spec";
import { cos, GMemError, perSample, sin, square, type Tensor } from "@gmem/tensor";

/** How much noise the SDE adds; `inccreasing-decreasing` is how the official code spells the last one. */
export type DiffusionForm =
  | "constant"
  | "SBDM"
  | "sigma"
  | "linear"
  | "decreasing"
  | "increasing-decreasing"
  | "inccreasing-decreasing";

/** Which reverse SDE a stochastic solver integrates. */
export interface DiffusionOptions {
  /** The model's: scores are derived from velocities with it. */
  readonly interpolant: Interpolant;
  /** Default sigma, w = 2σ (SiT); REPA and GMem use linear, w = 2t. */
  readonly form?: DiffusionForm;
  /** η, default 1; 0.5 with sigma is the w = σ that the paper prints. */
  readonly norm?: number;
}

type Form = (at: { readonly t: Tensor; readonly interpolant: Interpolant; readonly norm: number }) => Tensor;

const bump: Form = ({ t, norm }) => square(sin(t.mul(Math.PI))).mul(2 * norm);

const forms: { readonly [F in DiffusionForm]: Form } = {
  constant: ({ t, norm }) => t.mul(0).add(2 * norm),
  SBDM({ t, interpolant, norm }) {
    const { alpha, sigma, dAlpha, dSigma } = interpolant.at(t);
    return sigma
      .mul(dSigma)
      .sub(square(sigma).mul(dAlpha).div(alpha))
      .mul(2 * norm);
  },
  sigma: ({ t, interpolant, norm }) => interpolant.at(t).sigma.mul(2 * norm),
  linear: ({ t, norm }) => t.mul(2 * norm),
  // cos(π(1 − t)) = −cos(πt)
  decreasing: ({ t, norm }) => square(cos(t.mul(Math.PI)).mul(-norm).add(1)).mul(0.5),
  "increasing-decreasing": bump,
  "inccreasing-decreasing": bump,
};

/**
 * w(t) ≥ 0 of the reverse SDE dx = (v − ½w·s)dt + √w dW (I.2; docs/formulas.md, "SDE diffusion"): any choice has the
 * same marginals.
 * @param t of any shape, which the result has too.
 * @throws {GMemError} code `CONFIG` for an unknown form or a negative norm.
 * @example
 * const path: DiffusionOptions["interpolant"] = {
 *   name: "linear",
 *   at: (t) => ({ alpha: neg(t).add(1), sigma: t, dAlpha: t.mul(0).sub(1), dSigma: t.mul(0).add(1) }),
 *   convert: (value) => value,
 * };
 * const graph = trace({ feeds: { t: f32(1) } }, ({ feeds }) => ({
 *   fetches: { w: diffusion(feeds.t, { interpolant: path, form: "sigma" }) }, // 2t
 * }));
 */
export function diffusion(t: Tensor, options: DiffusionOptions): Tensor {
  const { interpolant, form = "sigma", norm = 1 } = options;
  const weight = forms[form] as Form | undefined;
  if (!weight)
    throw new GMemError("CONFIG", `diffusion: form must be one of ${Object.keys(forms).join(", ")}, got "${form}"`);
  if (!(norm >= 0)) throw new GMemError("CONFIG", `diffusion: norm must not be negative, got ${norm}`);
  return weight({ t, interpolant, norm });
}

/** F(x, t) = v − ½w·s with the score s from the same evaluation of v: one network call a drift. */
export function reverseDrift(v: Velocity, options: DiffusionOptions): Velocity {
  return (x, t) => {
    const velocity = v(x, t); // [N,C,H,W]
    const score = options.interpolant.convert(velocity, { from: "velocity", to: "score", x, t });
    return velocity.sub(score.mul(perSample(diffusion(t, options), x.rank).mul(0.5)));
  };
}

/** A solver of the reverse SDE, with what its last, noiseless step needs to know. */
export interface StochasticSolver extends Solver {
  readonly diffusion: DiffusionOptions;
  /** Length of the last step unless asked otherwise. */
  readonly lastStepSize: number;
}

export const isStochastic = (solver: Solver): solver is StochasticSolver => solver.stochastic && "diffusion" in solver;
