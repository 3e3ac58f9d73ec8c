import { array, constant, GMemError, gather, type Tensor } from "@gmem/tensor";
import { type NoiseScheduleKind, noiseSchedule } from "./noise-schedule.ts";
import { type Respacing, respace } from "./respace.ts";

/** What the variance of a step is: predicted between β̃ and β, or one of them. */
export type DdpmVariance = "learned-range" | "fixed-large" | "fixed-small";

export interface DdpmOptions {
  /** Default linear. */
  readonly schedule?: NoiseScheduleKind;
  /** K of the training; default 1000. */
  readonly steps?: number;
  /** Steps that are kept; default all. */
  readonly respacing?: Respacing;
  /** Default learned-range, as DiT with `learnSigma`. */
  readonly variance?: DdpmVariance;
  /** What the network predicts; default noise. */
  readonly prediction?: "noise" | "x0";
}

/** A discrete noising process: its tables in float64, one entry for each kept step k = 0 (data) … length − 1 (noise). */
export interface Ddpm {
  readonly length: number;
  /** K of the training. */
  readonly trainingSteps: number;
  readonly variance: DdpmVariance;
  readonly prediction: "noise" | "x0";
  /** The step of the training that each kept step is: what the network is told. */
  readonly original: Float64Array;
  readonly beta: Float64Array;
  /** ᾱ_k = Π(1 − β), and ᾱ of the step before, 1 at first. */
  readonly alphaBar: Float64Array;
  readonly alphaBarBefore: Float64Array;
  /** β̃ = β(1 − ᾱ_prev)/(1 − ᾱ), and its logarithm, where step 0 takes step 1's. */
  readonly posteriorVariance: Float64Array;
  readonly posteriorLogVariance: Float64Array;
}

/**
 * The process of Ho et al. 2020 as DiT uses it (docs/formulas.md, "DDPM betas"): q(x_k | x_{k−1}) = N(√(1−β)x, β).
 * Respaced, it skips steps and keeps ᾱ: β' = 1 − ᾱ_k/ᾱ_before.
 * @throws {GMemError} code `CONFIG` for settings that do not fit each other.
 * @example
 * const process = ddpm({ respacing: 250 });
 * process.original[249]; // 999
 */
export function ddpm(options: DdpmOptions = {}): Ddpm {
  const { schedule = "linear", steps = 1000, respacing, variance = "learned-range", prediction = "noise" } = options;
  const full = cumulative(noiseSchedule(schedule, steps));
  const kept = respacing === undefined ? full.map((_, k) => k) : Float64Array.from(respace(respacing, steps));
  if (kept.length < 2 || new Set(kept).size < kept.length)
    throw new GMemError("CONFIG", `ddpm: at least two different steps must be kept, got ${kept.length}`);
  const ofFull = (k: number): number => full[k] as number;
  const beta = kept.map((k, i) => 1 - ofFull(k) / (i > 0 ? ofFull(kept[i - 1] as number) : 1));
  const alphaBar = cumulative(beta);
  const alphaBarBefore = alphaBar.map((_, k) => (k > 0 ? (alphaBar[k - 1] as number) : 1));
  const posteriorVariance = beta.map(
    (b, k) => (b * (1 - (alphaBarBefore[k] as number))) / (1 - (alphaBar[k] as number)),
  );
  return {
    length: kept.length,
    trainingSteps: steps,
    variance,
    prediction,
    original: kept,
    beta,
    alphaBar,
    alphaBarBefore,
    posteriorVariance,
    posteriorLogVariance: posteriorVariance.map((v, k) => Math.log(k > 0 ? v : (posteriorVariance[1] as number))),
  };
}

/** Running products of 1 − β. */
function cumulative(beta: Float64Array): Float64Array {
  let product = 1;
  return beta.map((b) => {
    product *= 1 - b;
    return product;
  });
}

/** Entries of a table at steps k [N] (int32): [N,1,1,1]. */
export const tableAt = (table: Float64Array, k: Tensor): Tensor =>
  gather(constant(array(Float32Array.from(table), [table.length, 1])), k).reshape([k.shape[0] as number, 1, 1, 1]);
