import type { Aval, Named, NDArray, Rng, Tensor } from "@gmem/tensor";
import type { Backbone, Params } from "./backbone.ts";
import type { Conditioner } from "./conditioner.ts";

/** What a network's output means. Every one determines the others given x and t (docs/formulas.md, "Conversions"). */
export type Prediction = "velocity" | "score" | "noise" | "x0";

/** α_t, σ_t and their time derivatives (eq. 5); `linear` is α = 1 − t, σ = t. */
export interface Interpolant {
  readonly name: string;
  /** For t of any shape: the four coefficients, of that shape. */
  at(t: Tensor): { readonly alpha: Tensor; readonly sigma: Tensor; readonly dAlpha: Tensor; readonly dSigma: Tensor };
  /** `value` read as `from`, expressed as `to`. t [N] or [N,1,1,1]. */
  convert(
    value: Tensor,
    how: { readonly from: Prediction; readonly to: Prediction; readonly x: Tensor; readonly t: Tensor },
  ): Tensor;
}

/** A head that brings a backbone's tokens to those of an image encoder: tap [N,T,D] → [N,T,width]. */
export interface TokenProjector {
  /** T. */
  readonly tokens: number;
  readonly width: number;
  apply(p: Params, tap: Tensor): Tensor;
}

/** Everything right of the snippet in Figure 4: S-Adapter → backbone, with outputs turned into velocity. */
export interface VelocityModel {
  readonly backbone: Backbone;
  readonly conditioner: Conditioner;
  readonly interpolant: Interpolant;
  readonly prediction: Prediction;
  /** All parameters in one record: backbone, S-Adapter, conditioner. */
  init(rng: Rng): Params<NDArray>;
  readonly frozen: readonly string[];
  /** REPA's projectors in a model that trains with it, one for each encoder. Their parameters are among the model's. */
  readonly projectors?: readonly TokenProjector[];
  /** Descriptions of the parameters without drawing them. */
  avals(): Named<Aval>;
  /** Conditioner feeds → c [N,D]; `mask` is what the model's snippet mask drew, absent when sampling. */
  condition(p: Params, feeds: Named<Tensor>, mask?: Named<Tensor>): Tensor;
  /** c [N,D] of the null input, for guidance. */
  nullCondition(p: Params, n: number): Tensor;
  /** v(x, t, c) [N,C,H,W] = dx/dt, t [N]; `output` is the raw prediction, `tap` feeds the REPA loss. */
  velocity(
    p: Params,
    x: Tensor,
    t: Tensor,
    c: Tensor,
  ): { readonly velocity: Tensor; readonly output: Tensor; readonly tap?: Tensor };
}

/** v(x, t) with parameters and condition closed over. x [N,C,H,W], t [N]. */
export type Velocity = (x: Tensor, t: Tensor) => Tensor;

/** One solver step, traced and pure: no counters, no hidden noise. Time runs from 1 (noise) down to 0 (data). */
export interface Solver {
  readonly name: string;
  /** Evaluations of v in one step. */
  readonly evaluations: number;
  readonly stochastic: boolean;
  /**
   * Of a multistep solver: how many further channels, behind those of x, a step leaves for the next, for latents of so many.
   * Zeros before the first step.
   */
  memory?(channels: number): number;
  /** x [N,C,H,W], with memory [N,C+M,H,W] here and in what is given back, at t [N] → x at tNext [N]; eps ~ N(0,I) like x, unused by deterministic solvers. */
  step(
    v: Velocity,
    at: { readonly x: Tensor; readonly t: Tensor; readonly tNext: Tensor; readonly eps: Tensor },
  ): Tensor;
}
