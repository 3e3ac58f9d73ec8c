import { groupNorm } from "@gmem/nn";
import { type Aval, type Named, silu, type Tensor } from "@gmem/tensor";
import { conv, convParameters, normParameters } from "../network/conv.ts";
import { attentionBlock, attentionParameters } from "./attention.ts";
import type { AttentionKind } from "./config.ts";

/** h = conv₂(silu(GN(conv₁(silu(GN(x)))))), and x, through a 1 × 1 convolution where the channels change, + h. */
export function residualBlock(p: Named<Tensor>, at: string, x: Tensor): Tensor {
  const h = conv(p, `${at}.conv1`, silu(groupNorm(p, `${at}.norm1`, x))); // [N,O,H,W]
  const y = conv(p, `${at}.conv2`, silu(groupNorm(p, `${at}.norm2`, h))); // [N,O,H,W]
  const shortcut = p[`${at}.nin_shortcut.weight`] ? conv(p, `${at}.nin_shortcut`, x) : x; // [N,O,H,W]
  return shortcut.add(y);
}

/** Residual block, attention, residual block; names `block_1`, `attn_1`, `block_2`. */
export const middle = (p: Named<Tensor>, at: string, x: Tensor, kind?: AttentionKind): Tensor =>
  residualBlock(p, `${at}.block_2`, attentionBlock(p, `${at}.attn_1`, residualBlock(p, `${at}.block_1`, x), kind));

export const residualParameters = (at: string, channels: number, out: number): Named<Aval> => ({
  ...normParameters(`${at}.norm1`, channels),
  ...convParameters(`${at}.conv1`, [out, channels, 3]),
  ...normParameters(`${at}.norm2`, out),
  ...convParameters(`${at}.conv2`, [out, out, 3]),
  ...(channels !== out && convParameters(`${at}.nin_shortcut`, [out, channels, 1])),
});

export const middleParameters = (at: string, c: number, kind?: AttentionKind): Named<Aval> => ({
  ...residualParameters(`${at}.block_1`, c, c),
  ...attentionParameters(`${at}.attn_1`, c, kind),
  ...residualParameters(`${at}.block_2`, c, c),
});
