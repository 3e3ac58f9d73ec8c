import type { Interpolant } from "@gmem/spec";
import { broadcast, neg, scalar } from "@gmem/tensor";
import { interpolant } from "./interpolant.ts";

/**
 * α = 1 − t, σ = t: straight paths from data (t = 0) to noise (t = 1), v = ε − x₀ (eq. 5). The default.
 * Score and velocity from x₀ are infinite at t = 0, velocity and x₀ from score or noise at t = 1.
 * @example
 * const graph = trace({ feeds: { x0: f32(1, 2), eps: f32(1, 2), t: f32(1, 1) } }, ({ feeds: { x0, eps, t } }) => {
 *   const { alpha, sigma } = linearInterpolant.at(t);
 *   return { fetches: { x: alpha.mul(x0).add(sigma.mul(eps)) } }; // [1,2]
 * });
 * const { fetches } = evaluate(graph, { x0: array([1, 2], [1, 2]), eps: array([0, 4], [1, 2]), t: array([0.5], [1, 1]) });
 */
export const linearInterpolant: Interpolant = interpolant("linear", (t) => ({
  alpha: neg(t).add(1),
  sigma: t,
  dAlpha: broadcast(scalar(-1), t.shape),
  dSigma: broadcast(scalar(1), t.shape),
}));
