import { joinHeads, linear, scaledDotProductAttention, splitHeads } from "@gmem/nn";
import type { ContextTokens, Params } from "@gmem/spec";
import { relu, stopGradient, sum, type Tensor } from "@gmem/tensor";

/**
 * Attention by the kernel ReLU(q)·ReLU(k) in place of softmax, linear in T (Sana, arXiv 2410.10629 §2.2):
 * oᵢ = (Σⱼ vⱼ kⱼᵀ) qᵢ / (Σⱼ kⱼᵀ qᵢ + ε), ε = 1e-15. x [N,T,D], by `${at}.to_q`, `.to_k`, `.to_v` and `.to_out.0`.
 */
export function linearAttention(p: Params, at: string, x: Tensor, { heads }: { readonly heads: number }): Tensor {
  const part = (name: string): Tensor => splitHeads(linear(p, `${at}.${name}`, x), heads);
  const [q, k, v] = [relu(part("to_q")), relu(part("to_k")), part("to_v")]; // 3 × [N,h,T,hd]
  const sums = k.matmul(v, { transposeA: true }); // [N,h,hd,hd]  Σⱼ kⱼ vⱼᵀ
  const total = q.matmul(sum(k, { axes: [-2], keepDims: true }), { transposeB: true }); // [N,h,T,1]
  return linear(p, `${at}.to_out.0`, joinHeads(q.matmul(sums).div(total.add(1e-15)))); // [N,T,D]
}

/** Taken from the scores of what is not read: e^−10000 is 0 in float32. */
const unread = 10_000;

/**
 * Multi-head attention of x [N,T,D] to tokens [N,L,D], by the same names. A sample without a token reads all its places
 * evenly.
 */
export function crossAttention(
  p: Params,
  at: string,
  x: Tensor,
  { tokens, mask, heads }: ContextTokens & { readonly heads: number },
): Tensor {
  const [n, length] = mask.shape as readonly [number, number];
  const bias = stopGradient(mask.sub(1).mul(unread)).reshape([n, 1, 1, length]); // [N,1,1,L]
  const part = (name: string, from: Tensor): Tensor => splitHeads(linear(p, `${at}.${name}`, from), heads);
  const [q, k, v] = [part("to_q", x), part("to_k", tokens), part("to_v", tokens)]; // [N,h,T,hd], 2 × [N,h,L,hd]
  return linear(p, `${at}.to_out.0`, joinHeads(scaledDotProductAttention(q, k, v, bias))); // [N,T,D]
}
