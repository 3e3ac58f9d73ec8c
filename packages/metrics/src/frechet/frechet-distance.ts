import type { FeatureStatistics } from "@gmem/spec";
import { type Engine, ShapeError } from "@gmem/tensor";
import { checkStatistics } from "./feature-statistics.ts";
import { traceOfRoot } from "./trace-of-root.ts";

/**
 * ‖μ₁ − μ₂‖² + Tr S₁ + Tr S₂ − 2 Tr (S₁S₂)^½ between two Gaussians (FID when the features are Inception's), exact also
 * for singular covariances; of fewer rows than columns it takes the time of the rows. Small samples are biased upwards by about a constant over N: compare equal counts.
 * @param options.engine Multiplies in float64 where it can; without it plain JavaScript does.
 * @throws {ShapeError} if the widths differ. @throws {GMemError} code `NON_FINITE` naming mean or covariance.
 * @example
 * const [a, b] = [await featureStatistics(key(0).normal([500, 3])), await featureStatistics(key(1).normal([500, 3]))];
 * const distance = await frechetDistance(a, b); // near 0
 */
export async function frechetDistance(
  a: FeatureStatistics,
  b: FeatureStatistics,
  options: { readonly engine?: Engine } = {},
): Promise<number> {
  const d = a.mean.length;
  if (b.mean.length !== d || a.covariance.length !== d * d || b.covariance.length !== d * d)
    throw new ShapeError("frechetDistance", "both must have mean [d] and covariance [d,d]", [
      [a.mean.length, a.covariance.length],
      [b.mean.length, b.covariance.length],
    ]);
  for (const [side, statistics] of Object.entries({ first: a, second: b }))
    checkStatistics(statistics, `frechetDistance: ${side} side`);
  let distance = 0;
  for (let i = 0; i < d; i++) {
    distance += ((a.mean[i] as number) - (b.mean[i] as number)) ** 2;
    distance += (a.covariance[i * d + i] as number) + (b.covariance[i * d + i] as number);
  }
  const ranks = [a.count - 1, b.count - 1] as const; // of a covariance of so many rows, at most
  const root = await traceOfRoot(a.covariance, b.covariance, { n: d, ranks, ...options });
  return Math.max(0, distance - 2 * root); // the true value is never negative, its rounding may be
}
