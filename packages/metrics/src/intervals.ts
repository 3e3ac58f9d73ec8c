import { array, checkFinite, GMemError, key } from "@gmem/tensor";

/** A value and the interval that covers it at the level asked for. */
export interface Interval {
  readonly value: number;
  readonly low: number;
  readonly high: number;
}

export interface IntervalOptions {
  /** Default 0.95. */
  readonly level?: number;
}

/**
 * The mean of values with its percentile bootstrap interval (Efron 1979), from 2,000 resamples.
 * @throws {GMemError} code `DATA` without values, `NON_FINITE`, `CONFIG` for a level outside (0, 1).
 * @example
 * const { low, high } = bootstrapInterval([1, 2, 3, 4], { level: 0.9, seed: 1 });
 */
export function bootstrapInterval(
  values: ArrayLike<number>,
  options: IntervalOptions & { readonly seed?: number } = {},
): Interval {
  const { level = 0.95, seed = 0 } = options;
  checkLevel("bootstrapInterval", level);
  const n = values.length;
  if (n === 0) throw new GMemError("DATA", "bootstrapInterval: needs values, got none");
  checkFinite({ values: array(values, [n], "f64") }, { where: "bootstrapInterval" });
  const means = new Float64Array(2000);
  for (let k = 0; k < means.length; k++) {
    const picks = key(seed).split(k).uniform([n]).data;
    let sum = 0;
    for (let i = 0; i < n; i++) sum += values[Math.floor((picks[i] as number) * n)] as number;
    means[k] = sum / n;
  }
  means.sort();
  const at = (share: number): number => means[Math.min(means.length - 1, Math.floor(share * means.length))] as number;
  let sum = 0;
  for (let i = 0; i < n; i++) sum += values[i] as number;
  return { value: sum / n, low: at((1 - level) / 2), high: at((1 + level) / 2) };
}

/**
 * A share of n trials with Wilson's score interval (1927), which stays inside [0, 1] and holds for few trials.
 * @throws {GMemError} code `DATA` unless 0 ≤ successes ≤ n and n ≥ 1, `CONFIG` for a level outside (0, 1).
 * @example
 * wilsonInterval(8, 10); // value 0.8, low 0.490, high 0.943
 */
export function wilsonInterval(successes: number, n: number, options: IntervalOptions = {}): Interval {
  const { level = 0.95 } = options;
  checkLevel("wilsonInterval", level);
  if (!(n >= 1 && successes >= 0 && successes <= n))
    throw new GMemError("DATA", `wilsonInterval: needs 0 ≤ successes ≤ n and n ≥ 1, got ${successes} of ${n}`);
  const z = normalQuantile((1 + level) / 2);
  const value = successes / n;
  const centre = (value + z ** 2 / (2 * n)) / (1 + z ** 2 / n);
  const half = (z / (1 + z ** 2 / n)) * Math.sqrt((value * (1 - value)) / n + z ** 2 / (4 * n ** 2));
  return { value, low: Math.max(0, centre - half), high: Math.min(1, centre + half) };
}

/** z with P(N(0,1) ≤ z) = p, by bisection on the distribution function's series. */
function normalQuantile(p: number): number {
  let [low, high] = [-9, 9];
  for (let i = 0; i < 60; i++) {
    const middle = (low + high) / 2;
    if (normalShare(middle) < p) low = middle;
    else high = middle;
  }
  return (low + high) / 2;
}

/** P(N(0,1) ≤ z) = ½ + φ(z)·(z + z³/3 + z⁵/15 + …). */
function normalShare(z: number): number {
  let term = z;
  let sum = z;
  for (let k = 3; Math.abs(term) > 1e-17; k += 2) {
    term *= z ** 2 / k;
    sum += term;
  }
  return 0.5 + (sum * Math.exp((-z * z) / 2)) / Math.sqrt(2 * Math.PI);
}

function checkLevel(where: string, level: number): void {
  if (!(level > 0 && level < 1)) throw new GMemError("CONFIG", `${where}: the level must be in (0, 1), got ${level}`);
}
