import type { Interpolant, Prediction } from "@gmem/spec";
import { neg, perSample, square, type Tensor } from "@gmem/tensor";

type Coefficients = ReturnType<Interpolant["at"]>;
type Rule = (value: Tensor, x: Tensor, k: Coefficients) => Tensor;

/** Δ = α̇σ − ασ̇, negative for 0 ≤ t ≤ 1. */
const delta = ({ alpha, sigma, dAlpha, dSigma }: Coefficients): Tensor => dAlpha.mul(sigma).sub(alpha.mul(dSigma));

/** g/σ = σ̇ − σα̇/α, half of the squared diffusion of the forward process over σ; infinite at α = 0. */
const driftPerNoise = ({ alpha, sigma, dAlpha, dSigma }: Coefficients): Tensor =>
  dSigma.sub(sigma.mul(dAlpha).div(alpha));

const same: Rule = (value) => value;

/**
 * x = αx₀ + σε and v = α̇x₀ + σ̇ε, solved for what is asked (docs/formulas.md, "Conversions"). Rows: from; columns: to.
 */
const rules: { readonly [From in Prediction]: { readonly [To in Prediction]: Rule } } = {
  velocity: {
    velocity: same,
    x0: (v, x, k) => k.sigma.mul(v).sub(k.dSigma.mul(x)).div(delta(k)),
    noise: (v, x, k) => k.dAlpha.mul(x).sub(k.alpha.mul(v)).div(delta(k)),
    score: (v, x, k) =>
      k.alpha
        .mul(v)
        .sub(k.dAlpha.mul(x))
        .div(k.sigma.mul(delta(k))),
  },
  score: {
    score: same,
    noise: (s, _, k) => neg(k.sigma).mul(s),
    x0: (s, x, k) => x.add(square(k.sigma).mul(s)).div(k.alpha),
    velocity: (s, x, k) =>
      k.dAlpha
        .div(k.alpha)
        .mul(x)
        .sub(k.sigma.mul(driftPerNoise(k)).mul(s)),
  },
  noise: {
    noise: same,
    score: (eps, _, k) => neg(eps).div(k.sigma),
    x0: (eps, x, k) => x.sub(k.sigma.mul(eps)).div(k.alpha),
    velocity: (eps, x, k) => k.dAlpha.div(k.alpha).mul(x).add(driftPerNoise(k).mul(eps)),
  },
  x0: {
    x0: same,
    noise: (x0, x, k) => x.sub(k.alpha.mul(x0)).div(k.sigma),
    score: (x0, x, k) => k.alpha.mul(x0).sub(x).div(square(k.sigma)),
    velocity: (x0, x, k) => k.dAlpha.mul(x0).add(k.dSigma.mul(x.sub(k.alpha.mul(x0)).div(k.sigma))),
  },
};

/** An interpolant from its coefficients: the conversions follow. */
export function interpolant(name: string, at: Interpolant["at"]): Interpolant {
  return {
    name,
    at,
    convert: (value, { from, to, x, t }) => rules[from][to](value, x, at(perSample(t, x.rank))),
  };
}
