import { groupNorm, scaledDotProductAttention } from "@gmem/nn";
import { type Aval, type Named, silu, type Tensor } from "@gmem/tensor";
import { conv, convParameters, normParameters } from "../network/conv.ts";

/** h = conv₂(silu(GN(conv₁(silu(GN(x)))))), and x, through a 1 × 1 convolution where the channels change, + h. */
export function residualBlock(p: Named<Tensor>, at: string, x: Tensor): Tensor {
  const h = conv(p, `${at}.conv1`, silu(groupNorm(p, `${at}.norm1`, x))); // [N,O,H,W]
  const y = conv(p, `${at}.conv2`, silu(groupNorm(p, `${at}.norm2`, h))); // [N,O,H,W]
  const shortcut = p[`${at}.nin_shortcut.weight`] ? conv(p, `${at}.nin_shortcut`, x) : x; // [N,O,H,W]
  return shortcut.add(y);
}

/** x + proj(softmax(q kᵀ/√C) v): one head over all pixels of x [N,C,H,W]. */
export function attentionBlock(p: Named<Tensor>, at: string, x: Tensor): Tensor {
  const [n, c, height, width] = x.shape as [number, number, number, number];
  const normal = groupNorm(p, `${at}.norm`, x); // [N,C,H,W]
  const tokens = (name: string): Tensor =>
    conv(p, `${at}.${name}`, normal)
      .reshape([n, 1, c, height * width])
      .transpose([0, 1, 3, 2]); // [N,1,H·W,C]
  const output = scaledDotProductAttention(tokens("q"), tokens("k"), tokens("v")); // [N,1,H·W,C]
  return x.add(conv(p, `${at}.proj_out`, output.transpose([0, 1, 3, 2]).reshape(x.shape)));
}

/** Residual block, attention, residual block; names `block_1`, `attn_1`, `block_2`. */
export const middle = (p: Named<Tensor>, at: string, x: Tensor): Tensor =>
  residualBlock(p, `${at}.block_2`, attentionBlock(p, `${at}.attn_1`, residualBlock(p, `${at}.block_1`, x)));

export const residualParameters = (at: string, channels: number, out: number): Named<Aval> => ({
  ...normParameters(`${at}.norm1`, channels),
  ...convParameters(`${at}.conv1`, [out, channels, 3]),
  ...normParameters(`${at}.norm2`, out),
  ...convParameters(`${at}.conv2`, [out, out, 3]),
  ...(channels !== out && convParameters(`${at}.nin_shortcut`, [out, channels, 1])),
});

export const attentionParameters = (at: string, c: number): Named<Aval> => ({
  ...normParameters(`${at}.norm`, c),
  ...convParameters(`${at}.q`, [c, c, 1]),
  ...convParameters(`${at}.k`, [c, c, 1]),
  ...convParameters(`${at}.v`, [c, c, 1]),
  ...convParameters(`${at}.proj_out`, [c, c, 1]),
});

export const middleParameters = (at: string, c: number): Named<Aval> => ({
  ...residualParameters(`${at}.block_1`, c, c),
  ...attentionParameters(`${at}.attn_1`, c),
  ...residualParameters(`${at}.block_2`, c, c),
});
