import type { Interval } from "./intervals.ts";

/**
 * value ± t·error, t the quantile of Student's distribution with so many degrees of freedom (Student 1908).
 * @example
 * studentInterval(5, { error: 1, degrees: 9 }); // from 2.738 to 7.262
 */
export function studentInterval(
  value: number,
  options: { readonly error: number; readonly degrees: number; readonly level?: number },
): Interval {
  const { error, degrees, level = 0.95 } = options;
  const half = error * studentQuantile(level, degrees);
  return { value, low: value - half, high: value + half };
}

/** Steps of the integral: seven digits of the quantile. */
const steps = 4000;

/**
 * t with P(−t ≤ T ≤ t) = level. With T = √ν tan θ the density of θ is proportional to cos^{ν−1} θ on (−π/2, π/2), so that no
 * Gamma function is needed.
 */
function studentQuantile(level: number, degrees: number): number {
  const width = Math.PI / 2 / steps;
  const slice = (i: number): number => Math.cos((i + 0.5) * width) ** (degrees - 1);
  let total = 0;
  for (let i = 0; i < steps; i++) total += slice(i);
  let sum = 0;
  for (let i = 0; i < steps; i++) {
    const next = sum + slice(i);
    if (next >= level * total) {
      const theta = (i + (level * total - sum) / (next - sum)) * width;
      return Math.sqrt(degrees) * Math.tan(theta);
    }
    sum = next;
  }
  return Number.POSITIVE_INFINITY;
}
