import { joinHeads, layerNorm, linear, param, splitHeads } from "@gmem/nn";
import { type Named, sigmoid, softmax, split, type Tensor } from "@gmem/tensor";
import type { TowerSize } from "./config.ts";

/** ε of CLIP's LayerNorm. */
export const epsilon = 1e-5;

type Tower = Pick<TowerSize, "depth" | "heads"> & {
  /** Added to the scores of attention, [T,T]; without it every token sees all. */
  readonly mask?: Tensor;
};

/** CLIP's residual attention blocks: h ← h + attn(ln₁ h); h ← h + mlp(ln₂ h). x [N,T,D] → [N,T,D]. */
export function transformer(p: Named<Tensor>, at: string, x: Tensor, tower: Tower): Tensor {
  let h = x;
  for (let i = 0; i < tower.depth; i++) {
    const block = `${at}.resblocks.${i}`;
    h = h.add(attention(p, `${block}.attn`, layerNorm(h, { p, at: `${block}.ln_1`, epsilon }), tower)); // [N,T,D]
    h = h.add(mlp(p, `${block}.mlp`, layerNorm(h, { p, at: `${block}.ln_2`, epsilon }))); // [N,T,D]
  }
  return h;
}

/** softmax(q kᵀ/√hd + mask) v with q, k, v from one weight [3D,D], as PyTorch's MultiheadAttention stores it. */
function attention(p: Named<Tensor>, at: string, x: Tensor, { heads, mask }: Tower): Tensor {
  const fused = x.matmul(param(p, `${at}.in_proj_weight`), { transposeB: true }); // [N,T,3D]
  const parts = split(fused.add(param(p, `${at}.in_proj_bias`)), 3, -1); // 3 × [N,T,D]
  const [q, k, v] = parts.map((part) => splitHeads(part, heads)) as [Tensor, Tensor, Tensor]; // [N,h,T,hd]
  const scores = q.matmul(k, { transposeB: true, alpha: 1 / Math.sqrt(q.shape.at(-1) as number) }); // [N,h,T,T]
  const output = softmax(mask ? scores.add(mask) : scores).matmul(v); // [N,h,T,hd]
  return linear(p, `${at}.out_proj`, joinHeads(output)); // [N,T,D]
}

/** c_proj(QuickGELU(c_fc x)). */
const mlp = (p: Named<Tensor>, at: string, x: Tensor): Tensor =>
  linear(p, `${at}.c_proj`, quickGelu(linear(p, `${at}.c_fc`, x)));

/** x σ(1.702 x) (Hendrycks & Gimpel 2016, § 2). */
const quickGelu = (x: Tensor): Tensor => x.mul(sigmoid(x.mul(1.702)));
