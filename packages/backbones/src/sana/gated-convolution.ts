import { linear, param } from "@gmem/nn";
import type { Params } from "@gmem/spec";
import { conv2d, silu, split, type Tensor } from "@gmem/tensor";

/**
 * Sana's Mix-FFN (§2.2), which sees neighbours: W₂(a ⊙ SiLU(g)), (a, g) = halves of a depth-wise 3 × 3 convolution of
 * SiLU(W₁ x) on the grid of tokens. x [N,T,D], by `${at}.conv_inverted`, `.conv_depth` and `.conv_point`.
 */
export function gatedConvolution(
  p: Params,
  at: string,
  x: Tensor,
  [rows, columns]: readonly [rows: number, columns: number],
): Tensor {
  const n = x.shape[0] as number;
  const wide = silu(linear(matrices(p, `${at}.conv_inverted`), "w", x)); // [N,T,2h]
  const channels = wide.shape[2] as number;
  const image = wide.transpose([0, 2, 1]).reshape([n, channels, rows, columns]); // [N,2h,r,k]
  const bias = param(p, `${at}.conv_depth.bias`).reshape([1, channels, 1, 1]);
  const near = conv2d(image, param(p, `${at}.conv_depth.weight`), { padding: 1, groups: channels }).add(bias); // [N,2h,r,k]
  const [a, gate] = split(near, 2, 1) as readonly [Tensor, Tensor]; // 2 × [N,h,r,k]
  const tokens = a
    .mul(silu(gate))
    .reshape([n, channels / 2, rows * columns])
    .transpose([0, 2, 1]); // [N,T,h]
  return linear(matrices(p, `${at}.conv_point`), "w", tokens); // [N,T,D]
}

/** A 1 × 1 convolution [out,in,1,1] as the linear layer that it is. */
function matrices(p: Params, at: string): Params {
  const weight = param(p, `${at}.weight`);
  const bias = p[`${at}.bias`];
  return { "w.weight": weight.reshape(weight.shape.slice(0, 2)), ...(bias && { "w.bias": bias }) };
}
