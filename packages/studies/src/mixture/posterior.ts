import type { Points } from "./gaussian-mixture.ts";

/** What x₀ is distributed by once the condition is known: isotropic Gaussians in the plane. */
export interface Conditional {
  /** Logarithms, up to a constant. */
  readonly logWeights: Float64Array;
  readonly means: Points;
  readonly variances: Float64Array;
}

/**
 * E[x₀ | x_t, c] in the plane, of x_t = (1−t) x₀ + t ε: with α = 1 − t, σ = t, component k has the posterior weight
 * r_k ∝ w_k N(x; α m_k, α² v_k + σ²) and the mean m_k + α v_k / (α² v_k + σ²) · (x − α m_k).
 */
export function expectedData(
  { logWeights, means, variances }: Conditional,
  { x, y, t }: { readonly x: number; readonly y: number; readonly t: number },
): readonly [x: number, y: number] {
  const alpha = 1 - t;
  let [highest, total, sumX, sumY] = [Number.NEGATIVE_INFINITY, 0, 0, 0];
  for (let k = 0; k < logWeights.length; k++) {
    const variance = variances[k] as number;
    const [mx, my] = [means[2 * k] as number, means[2 * k + 1] as number];
    const spread = alpha * alpha * variance + t * t;
    const [dx, dy] = [x - alpha * mx, y - alpha * my];
    const score = (logWeights[k] as number) - (dx * dx + dy * dy) / (2 * spread) - Math.log(spread);
    if (score > highest) {
      const rescale = Math.exp(highest - score); // 0 at the first
      [total, sumX, sumY, highest] = [total * rescale, sumX * rescale, sumY * rescale, score];
    }
    const weight = Math.exp(score - highest);
    const gain = (alpha * variance) / spread;
    total += weight;
    sumX += weight * (mx + gain * dx);
    sumY += weight * (my + gain * dy);
  }
  return [sumX / total, sumY / total];
}
