import type { Params, Velocity, VelocityModel } from "@gmem/spec";
import { broadcast, checkOptions, concat, GMemError, type OptionTable, slice, split, type Tensor } from "@gmem/tensor";

export interface CfgOptions {
  /** w in v = v_null + w(v_cond − v_null); 1 is no guidance. */
  readonly scale: number;
  /** Guides only the first so many channels; all by default. 3 reproduces DiT, SiT and LightningDiT. */
  readonly channels?: number;
  /** Times that are guided, ends included; default [0, 1]. Outside the null input is not evaluated at all. */
  readonly interval?: readonly [low: number, high: number];
}

const table: OptionTable<CfgOptions> = { scale: "required", channels: "optional", interval: "optional" };

/** Checked guidance settings. */
export interface Guidance {
  readonly scale: number;
  readonly channels?: number;
  readonly interval: readonly [low: number, high: number];
}

/**
 * Classifier-free guidance (Ho & Salimans 2022; docs/formulas.md, "Guidance"). The null input has to be trained:
 * `nullProbability` of the objective.
 * @throws {GMemError} code `CONFIG` for a scale that is not finite, a channel count below 1 or an interval outside 0…1.
 * @example
 * const guidance = cfg({ scale: 1.8, interval: [0, 0.7] }); // REPA's guidance for SiT-XL
 */
export function cfg(options: CfgOptions): Guidance {
  checkOptions("cfg", options, table);
  const { scale, channels, interval = [0, 1] } = options;
  const [low, high] = interval;
  if (!Number.isFinite(scale)) throw new GMemError("CONFIG", `cfg: scale must be finite, got ${scale}`);
  if (channels !== undefined && !(Number.isInteger(channels) && channels > 0))
    throw new GMemError("CONFIG", `cfg: channels must be a positive integer, got ${channels}`);
  if (!(low >= 0 && high <= 1 && low <= high))
    throw new GMemError("CONFIG", `cfg: the interval must satisfy 0 ≤ low ≤ high ≤ 1, got ${low}…${high}; 0 is data`);
  return { scale, interval, ...(channels === undefined ? {} : { channels }) };
}

/** True where the null input must be evaluated. Grid times carry rounding, hence the slack. */
export function isGuided(guidance: Guidance | undefined, t: number): boolean {
  if (!guidance || guidance.scale === 1) return false;
  const [low, high] = guidance.interval;
  return t >= low - 1e-6 && t <= high + 1e-6;
}

/** v(x, t) of the condition c [N,D]; with guidance [cond, null] run as one batch of 2N on the same x. */
export function guidedVelocity(
  model: VelocityModel,
  p: Params,
  options: { readonly c: Tensor; readonly guidance?: Guidance | undefined },
): Velocity {
  const { c, guidance } = options;
  if (!guidance) return (x, t) => model.velocity(p, x, t, c).velocity;
  const { scale, channels } = guidance;
  return (x, t) => {
    const [n = 1, depth = 1] = x.shape;
    const missing = model.nullCondition(p, n); // [N,D]
    const both = concat([broadcast(c, missing.shape), missing], 0); // [2N,D]
    const { velocity } = model.velocity(p, concat([x, x], 0), concat([t, t], 0), both); // [2N,C,H,W]
    const [given, none] = split(velocity, 2, 0) as readonly [Tensor, Tensor];
    const guided = none.add(given.sub(none).mul(scale)); // [N,C,H,W]
    if (channels === undefined || channels >= depth) return guided;
    return concat([slice(guided, 1, [0, channels]), slice(given, 1, [channels, depth])], 1);
  };
}
