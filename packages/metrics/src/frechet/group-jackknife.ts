import type { FeatureStatistics } from "@gmem/spec";
import { type Engine, GMemError, type NDArray } from "@gmem/tensor";
import type { Interval } from "../intervals.ts";
import { studentInterval } from "../student.ts";
import { featureStatistics } from "./feature-statistics.ts";
import { frechetDistance } from "./frechet-distance.ts";

/** Rows of a distribution, or what is left of them: statistics take no part in the error. */
export type FrechetSide = NDArray<"f32"> | FeatureStatistics;

export interface FrechetIntervalOptions {
  readonly engine?: Engine | undefined;
  /** The distance of all rows. */
  readonly value: number;
  /** As many distances are computed; default 10, and 6 above 1,024 features, which takes less than a minute. */
  readonly groups?: number;
  readonly level?: number;
}

/** 10, or 6 of more than 1,024 features, a distance of which takes seconds. */
export const groupsOf = (width: number): number => (width > 1024 ? 6 : 10);

/**
 * Interval of a Fréchet distance by the delete-a-group jackknife (Quenouille 1956; Kott 2001): rows i, i + G, i + 2G … of both
 * sides are left out together, and with the distances f_g of the rest the variance is (G−1)/G Σ (f_g − f̄)². It is of chance in
 * the images, not of the bias that a finite N has.
 * @throws {GMemError} code `DATA` if neither side has rows, or one has fewer than two a group.
 * @example
 * const [a, b] = [key(0).normal([200, 3]), key(1).normal([200, 3])];
 * const value = await frechetDistance(await featureStatistics(a), await featureStatistics(b));
 * const { low, high } = await frechetInterval([a, b], { value });
 */
export async function frechetInterval(
  sides: readonly [FrechetSide, FrechetSide],
  options: FrechetIntervalOptions,
): Promise<Interval> {
  const [first] = sides;
  const width = "data" in first ? (first.shape[1] ?? 0) : first.mean.length;
  const { engine, value, groups = groupsOf(width), level = 0.95 } = options;
  if (!("data" in sides[0]) && !("data" in sides[1]))
    throw new GMemError("DATA", "frechetInterval: needs the features of one side at least, got statistics of both");
  const [a, b] = [await leavingOut(sides[0], { groups, engine }), await leavingOut(sides[1], { groups, engine })];
  const distances: number[] = [];
  for (let g = 0; g < groups; g++)
    distances.push(await frechetDistance(await a(g), await b(g), engine ? { engine } : {}));
  const mean = distances.reduce((sum, distance) => sum + distance, 0) / groups;
  const spread = distances.reduce((sum, distance) => sum + (distance - mean) ** 2, 0);
  const { low, high } = studentInterval(value, {
    error: Math.sqrt(((groups - 1) / groups) * spread),
    degrees: groups - 1,
    level,
  });
  return { value, low: Math.max(0, low), high };
}

/** Statistics without group g, for each g. */
async function leavingOut(
  side: FrechetSide,
  { groups, engine }: { readonly groups: number; readonly engine: Engine | undefined },
): Promise<(group: number) => Promise<FeatureStatistics>> {
  if (!("data" in side)) return async () => side;
  const [n = 0] = side.shape;
  if (n < 2 * groups)
    throw new GMemError("DATA", `frechetInterval: needs at least ${2 * groups} rows a side, got ${n}`);
  const whole = await featureStatistics(side, { engine });
  return async (group) => without(whole, await featureStatistics(everyNth(side, group, groups), { engine }));
}

/** n = N − m, μ = (Nμ_N − mμ_m)/n, G = G_N − G_m − (nm/N) δδᵀ with δ = μ_m − μ: the merging of moments, undone. */
function without(whole: FeatureStatistics, part: FeatureStatistics): FeatureStatistics {
  const [d, total, gone] = [whole.mean.length, whole.count, part.count];
  const count = total - gone;
  const mean = whole.mean.map((value, i) => (total * value - gone * (part.mean[i] as number)) / count);
  const delta = part.mean.map((value, i) => value - (mean[i] as number));
  const weight = (count * gone) / total;
  const covariance = whole.covariance.map((value, at) => {
    const pair = (delta[Math.floor(at / d)] as number) * (delta[at % d] as number);
    return ((total - 1) * value - (gone - 1) * (part.covariance[at] as number) - weight * pair) / (count - 1);
  });
  return { count, mean, covariance };
}

/** Rows first, first + step, first + 2 step …. */
function everyNth(rows: NDArray<"f32">, first: number, step: number): NDArray<"f32"> {
  const [n = 0, d = 0] = rows.shape;
  const count = Math.ceil((n - first) / step);
  const data = new Float32Array(count * d);
  for (let i = 0; i < count; i++) {
    const row = first + i * step;
    data.set(rows.data.subarray(row * d, (row + 1) * d), i * d);
  }
  return { dtype: "f32", shape: [count, d], data };
}
