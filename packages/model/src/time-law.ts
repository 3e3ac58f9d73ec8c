import type { Interpolant, Prediction } from "@gmem/spec";
import { GMemError, type Rng } from "@gmem/tensor";

/** A distribution of training times, canonical: 0 is data, 1 is noise. */
export interface TimeLaw {
  readonly name: string;
  /** n times in [0, 1]. */
  draw(rng: Rng, n: number): Float32Array;
}

/**
 * t ~ U(low, high), by default the whole of [0, 1): SiT.
 * @throws {GMemError} code `CONFIG` for a range outside 0…1.
 * @example
 * const t = uniformTime({ range: [0.5, 1] }).draw(key(0), 4); // 4 times ≥ 0.5
 */
export function uniformTime(options: { readonly range?: readonly [low: number, high: number] } = {}): TimeLaw {
  const [low, high] = options.range ?? [0, 1];
  if (!(low >= 0 && high <= 1 && low < high))
    throw new GMemError("CONFIG", `uniformTime: the range must satisfy 0 ≤ low < high ≤ 1, got ${low}…${high}`);
  return { name: "uniform", draw: (rng, n) => rng.uniform([n]).data.map((u) => low + (high - low) * u) };
}

/**
 * t = sigmoid(mean + std·N(0,1)): LightningDiT and GMem with mean 0, std 1. A positive mean favours noise; papers that
 * count time from noise to data write the opposite sign.
 * @throws {GMemError} code `CONFIG` if `std` is not positive.
 * @example
 * const t = logitNormalTime().draw(key(0), 4);
 */
export function logitNormalTime(options: { readonly mean?: number; readonly std?: number } = {}): TimeLaw {
  const { mean = 0, std = 1 } = options;
  if (!(std > 0 && Number.isFinite(mean)))
    throw new GMemError(
      "CONFIG",
      `logitNormalTime: std must be positive and mean finite, got std ${std}, mean ${mean}`,
    );
  return {
    name: "logit-normal",
    draw: (rng, n) => rng.normal([n]).data.map((z) => 1 / (1 + Math.exp(-(mean + std * z)))),
  };
}

/** t where σ_t/α_t is r, by interpolant. */
const atRatio: Readonly<Record<string, (r: number) => number>> = {
  linear: (r) => (r === Number.POSITIVE_INFINITY ? 1 : r / (1 + r)),
  gvp: (r) => (2 / Math.PI) * Math.atan(r),
};

/**
 * t where σ_t/α_t = exp(mean + std·N(0,1)), a log-normal law of noise (Karras et al. 2022): REPA's "lognormal" weighting with
 * mean 0, std 1. On the linear interpolant that is {@link logitNormalTime}.
 * @throws {GMemError} code `CONFIG` for an interpolant other than linear and gvp, or if `std` is not positive.
 * @example
 * const t = logNormalTime(gvpInterpolant).draw(key(0), 4);
 */
export function logNormalTime(
  interpolant: Pick<Interpolant, "name">,
  options: { readonly mean?: number; readonly std?: number } = {},
): TimeLaw {
  const { mean = 0, std = 1 } = options;
  const time = Object.hasOwn(atRatio, interpolant.name) ? atRatio[interpolant.name] : undefined;
  if (!time)
    throw new GMemError(
      "CONFIG",
      `logNormalTime: the interpolant must be ${Object.keys(atRatio).join(" or ")}, got "${interpolant.name}"`,
    );
  if (!(std > 0 && Number.isFinite(mean)))
    throw new GMemError("CONFIG", `logNormalTime: std must be positive and mean finite, got std ${std}, mean ${mean}`);
  return { name: "log-normal", draw: (rng, n) => rng.normal([n]).data.map((z) => time(Math.exp(mean + std * z))) };
}

/**
 * t' = a·t / (1 + (a − 1)t) of another law's t; a > 1 moves times towards noise.
 * @throws {GMemError} code `CONFIG` if `a` is not positive.
 * @example
 * const t = shiftedTime(uniformTime(), 2).draw(key(0), 4); // median 2/3
 */
export function shiftedTime(law: TimeLaw, a: number): TimeLaw {
  if (!(a > 0 && Number.isFinite(a)))
    throw new GMemError("CONFIG", `shiftedTime: the shift must be positive, got ${a}`);
  return {
    name: `shifted(${law.name}, ${a})`,
    draw: (rng, n) => law.draw(rng, n).map((t) => (a * t) / (1 + (a - 1) * t)),
  };
}

/**
 * The times a model may be trained on, [low, high]: all of them for velocity on linear and gvp, 1e-3 away from both
 * ends for other predictions, 1e-5 away from data on vp (docs/formulas.md, "Time laws"). Objectives map the
 * law's [0, 1] onto it.
 * @example
 * const [low, high] = trainingRange(linearInterpolant, "noise"); // 0.001, 0.999
 */
export function trainingRange(interpolant: Interpolant, prediction: Prediction): readonly [low: number, high: number] {
  if (interpolant.name === "vp") return [1e-5, 1];
  return prediction === "velocity" ? [0, 1] : [1e-3, 1 - 1e-3];
}
