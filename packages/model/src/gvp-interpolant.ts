import type { Interpolant } from "@gmem/spec";
import { neg, sin } from "@gmem/tensor";
import { interpolant } from "./interpolant.ts";

/**
 * α = cos(πt/2), σ = sin(πt/2): constant variance for unit-variance data (SiT "GVP"; VP with a cosine schedule).
 * Score and velocity from x₀ are infinite at t = 0, velocity and x₀ from score or noise at t = 1.
 * @example
 * const graph = trace({ feeds: { t: f32(2) } }, ({ feeds }) => ({ fetches: gvpInterpolant.at(feeds.t) }));
 * const { alpha } = evaluate(graph, { t: array([0, 0.5]) }).fetches; // 1, 0.7071
 */
export const gvpInterpolant: Interpolant = interpolant("gvp", (t) => {
  const half = Math.PI / 2;
  const alpha = sin(neg(t).add(1).mul(half)); // keeps its digits near t = 1, where the cosine loses them
  const sigma = sin(t.mul(half));
  return { alpha, sigma, dAlpha: sigma.mul(-half), dSigma: alpha.mul(half) };
});
