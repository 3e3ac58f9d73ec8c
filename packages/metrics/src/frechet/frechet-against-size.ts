import type { FeatureStatistics } from "@gmem/spec";
import { type Engine, GMemError, type NDArray, takeRows } from "@gmem/tensor";
import type { Interval } from "../intervals.ts";
import type { Draws } from "../random/draws.ts";
import { studentInterval } from "../student.ts";
import { featureStatistics } from "./feature-statistics.ts";
import { frechetDistance } from "./frechet-distance.ts";

/** Distances of subsets, and the line through them. */
export interface FrechetAgainstSize {
  /** The distance at 1/N = 0 with its interval, from the regression. */
  readonly infinite: Interval;
  /** How much a distance of N samples is above it, times N. */
  readonly slope: number;
  readonly points: readonly { readonly n: number; readonly distance: number }[];
}

/**
 * FID∞ and FID against N (Chong & Forsyth 2020): distances of random subsets of the samples to the whole reference, and their
 * regression on 1/N, which takes away the bias of a finite number of samples.
 * @param options.sizes Default 15 from min(5,000, M/10) to M at equal steps, as dgm-eval has it.
 * @throws {GMemError} code `DATA` for fewer than three different sizes.
 * @example
 * const reference = await featureStatistics(key(0).normal([400, 3]));
 * const { infinite, points } = await frechetAgainstSize(reference, key(1).normal([400, 3]), { draws: openDraws("gmem", 0) });
 */
export async function frechetAgainstSize(
  reference: FeatureStatistics,
  samples: NDArray<"f32">,
  options: {
    readonly draws: Draws;
    readonly sizes?: readonly number[];
    readonly engine?: Engine | undefined;
    readonly level?: number;
  },
): Promise<FrechetAgainstSize> {
  const [m = 0] = samples.shape;
  const { draws, engine, sizes = equalSteps(m, 15), level = 0.95 } = options;
  if (new Set(sizes).size < 3 || sizes.some((n) => n < 2 || n > m))
    throw new GMemError("DATA", `frechetAgainstSize: needs at least 3 sizes from 2 to ${m}, got ${sizes.join(", ")}`);
  const points: { n: number; distance: number }[] = [];
  for (const n of sizes) {
    const rows = await featureStatistics(takeRows(samples, draws.choice(m, n)), { engine });
    points.push({ n, distance: await frechetDistance(reference, rows, engine ? { engine } : {}) });
  }
  return { ...lineAtZero(points, level), points };
}

/** min(5,000, max(M/10, 2)) … M in so many whole steps. */
function equalSteps(m: number, count: number): readonly number[] {
  const first = Math.min(5000, Math.max(Math.floor(m / 10), 2));
  return Array.from({ length: count }, (_, i) => Math.floor(first + (i * (m - first)) / (count - 1)));
}

/** Least squares of distance = a + b/N: a with the interval of its standard error, and b. */
function lineAtZero(
  points: readonly { readonly n: number; readonly distance: number }[],
  level: number,
): { readonly infinite: Interval; readonly slope: number } {
  const count = points.length;
  const mean = (of: (point: (typeof points)[number]) => number): number =>
    points.reduce((sum, point) => sum + of(point), 0) / count;
  const [x, y] = [mean(({ n }) => 1 / n), mean(({ distance }) => distance)];
  const spread = count * mean(({ n }) => (1 / n - x) ** 2);
  const slope = (count * mean(({ n, distance }) => (1 / n - x) * (distance - y))) / spread;
  const value = y - slope * x;
  const residual = count * mean(({ n, distance }) => (distance - value - slope / n) ** 2);
  const error = Math.sqrt((residual / (count - 2)) * (1 / count + x ** 2 / spread));
  return { infinite: studentInterval(value, { error, degrees: count - 2, level }), slope };
}
