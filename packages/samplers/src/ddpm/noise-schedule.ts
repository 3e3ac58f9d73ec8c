import { GMemError } from "@gmem/tensor";

/** "linear": β from 1e-4 to 0.02 (Ho et al. 2020); "squaredcos_cap_v2": ᾱ = cos² (Nichol & Dhariwal 2021). */
export type NoiseScheduleKind = "linear" | "squaredcos_cap_v2";

const cosine = (s: number): number => Math.cos((((s + 0.008) / 1.008) * Math.PI) / 2) ** 2; // ᾱ(s)

/**
 * β₀ … β_{K−1} in float64. Linear is scaled by 1000/K, so that any K ends at about the same noise; cosine is cut at 0.999.
 * @throws {GMemError} code `CONFIG` for an unknown kind, or fewer than 1 step.
 * @example
 * noiseSchedule("linear", 1000)[999]; // 0.02
 */
export function noiseSchedule(kind: NoiseScheduleKind, steps: number): Float64Array {
  if (!Number.isInteger(steps) || steps < 1)
    throw new GMemError("CONFIG", `noiseSchedule: steps must be a positive integer, got ${steps}`);
  if (kind === "linear") {
    const [first, last] = [0.1 / steps, 20 / steps];
    const stride = steps > 1 ? (last - first) / (steps - 1) : 0;
    return Float64Array.from({ length: steps }, (_, k) => Math.min(1, first + k * stride));
  }
  if (kind === "squaredcos_cap_v2")
    return Float64Array.from({ length: steps }, (_, k) =>
      Math.min(1 - cosine((k + 1) / steps) / cosine(k / steps), 0.999),
    );
  throw new GMemError("CONFIG", `noiseSchedule: kind must be linear or squaredcos_cap_v2, got "${kind}"`);
}
