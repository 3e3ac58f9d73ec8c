import { mean, type Named, layerNorm as normalise, rsqrt, square, type Tensor } from "@gmem/tensor";
import { param } from "./param.ts";

/**
 * (x − mean)/√(var + ε) over the last axis, biased variance; scaled and shifted by `${at}.weight` and `${at}.bias` when
 * a name is given.
 */
export function layerNorm(x: Tensor, options: { p?: Named<Tensor>; at?: string; epsilon?: number } = {}): Tensor {
  const { p, at, epsilon = 1e-6 } = options;
  const y = normalise(x, epsilon);
  if (!p || at === undefined) return y;
  const scaled = y.mul(param(p, `${at}.weight`));
  const bias = p[`${at}.bias`];
  return bias ? scaled.add(bias) : scaled;
}

/** x/√(mean x² + ε) · `${at}.weight`, over the last axis (Zhang & Sennrich 2019). */
export function rmsNorm(p: Named<Tensor>, at: string, x: Tensor, epsilon = 1e-6): Tensor {
  const scale = rsqrt(mean(square(x), { axes: [-1], keepDims: true }).add(epsilon));
  return x.mul(scale).mul(param(p, `${at}.weight`));
}

/** Normalises each group of channels of x [N,C,…] over channels and space; `${at}.weight`, `${at}.bias` [C]. */
export function groupNorm(
  p: Named<Tensor>,
  at: string,
  x: Tensor,
  { groups = 32, epsilon = 1e-6 }: { groups?: number; epsilon?: number } = {},
): Tensor {
  const [n, c, ...space] = x.shape as [number, number, ...number[]];
  const y = normalise(x.reshape([n, groups, -1]), epsilon).reshape(x.shape); // [N,G,C/G·H·W] → [N,C,H,W]
  const perChannel = [1, c, ...space.map(() => 1)];
  return y.mul(param(p, `${at}.weight`).reshape(perChannel)).add(param(p, `${at}.bias`).reshape(perChannel));
}
