import { groupNorm, scaledDotProductAttention } from "@gmem/nn";
import { type Aval, type Named, softmax, split, type Tensor } from "@gmem/tensor";
import { conv, convParameters, normParameters } from "../network/conv.ts";
import type { AttentionKind } from "./config.ts";

/** Attention over all pixels of x [N,C,H,W], one head. */
export function attentionBlock(p: Named<Tensor>, at: string, x: Tensor, kind: AttentionKind = "softmax"): Tensor {
  if (kind === "none") return x;
  return kind === "linear" ? linearAttention(p, at, x) : softmaxAttention(p, at, x);
}

/** x + proj(softmax(q kᵀ/√C) v). */
function softmaxAttention(p: Named<Tensor>, at: string, x: Tensor): Tensor {
  const [n, c, height, width] = x.shape as [number, number, number, number];
  const normal = groupNorm(p, `${at}.norm`, x); // [N,C,H,W]
  const tokens = (name: string): Tensor =>
    conv(p, `${at}.${name}`, normal)
      .reshape([n, 1, c, height * width])
      .transpose([0, 1, 3, 2]); // [N,1,H·W,C]
  const output = scaledDotProductAttention(tokens("q"), tokens("k"), tokens("v")); // [N,1,H·W,C]
  return x.add(conv(p, `${at}.proj_out`, output.transpose([0, 1, 3, 2]).reshape(x.shape)));
}

/** out((softmax(k) vᵀ)ᵀ q), the softmax over pixels; neither normalised nor added to x (Shen et al. 2021). */
function linearAttention(p: Named<Tensor>, at: string, x: Tensor): Tensor {
  const [n, c, height, width] = x.shape as [number, number, number, number];
  const qkv = conv(p, `${at}.to_qkv`, x).reshape([n, 3 * c, height * width]); // [N,3C,H·W]
  const [q, k, v] = split(qkv, 3, 1) as readonly [Tensor, Tensor, Tensor]; // 3 × [N,C,H·W]
  const context = softmax(k).matmul(v, { transposeB: true }); // [N,C,C], keys by values
  return conv(p, `${at}.to_out`, context.matmul(q, { transposeA: true }).reshape(x.shape)); // [N,C,H,W]
}

export function attentionParameters(at: string, c: number, kind: AttentionKind = "softmax"): Named<Aval> {
  if (kind === "none") return {};
  if (kind === "linear")
    return { ...convParameters(`${at}.to_qkv`, [3 * c, c, 1], false), ...convParameters(`${at}.to_out`, [c, c, 1]) };
  return {
    ...normParameters(`${at}.norm`, c),
    ...convParameters(`${at}.q`, [c, c, 1]),
    ...convParameters(`${at}.k`, [c, c, 1]),
    ...convParameters(`${at}.v`, [c, c, 1]),
    ...convParameters(`${at}.proj_out`, [c, c, 1]),
  };
}
