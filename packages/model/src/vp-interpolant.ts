import type { Interpolant } from "@gmem/spec";
import { exp, neg, sqrt, square, tanh } from "@gmem/tensor";
import { interpolant } from "./interpolant.ts";

const betaMin = 0.1;
const betaMax = 20;

/**
 * The variance-preserving path of score-based SDEs: ln α = a(t) = −(20 − 0.1)t²/4 − 0.1t/2, σ = √(1 − α²) (SiT "VP").
 * α(1) = 0.0066, never 0; σ̇ is infinite at t = 0, so train on t ≥ 1e-5 and sample down to 1e-3.
 * @example
 * const graph = trace({ feeds: { t: f32(1) } }, ({ feeds }) => ({ fetches: vpInterpolant.at(feeds.t) }));
 * const { sigma } = evaluate(graph, { t: array([1]) }).fetches; // 0.99998
 */
export const vpInterpolant: Interpolant = interpolant("vp", (t) => {
  const a = square(t)
    .mul(-(betaMax - betaMin) / 4)
    .sub(t.mul(betaMin / 2));
  const da = t.mul(-(betaMax - betaMin) / 2).sub(betaMin / 2);
  const alpha = exp(a);
  // 1 − α² = tanh(−a)(1 + α²), which keeps its digits near t = 0
  const sigma = sqrt(tanh(neg(a)).mul(square(alpha).add(1)));
  return { alpha, sigma, dAlpha: alpha.mul(da), dSigma: neg(square(alpha)).mul(da).div(sigma) };
});
