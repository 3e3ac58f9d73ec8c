import { type Named, softmax, split, sum, type Tensor, withVjp } from "@gmem/tensor";
import { joinHeads, splitHeads } from "./heads.ts";
import { linear } from "./linear.ts";
import { layerNorm, rmsNorm } from "./norm.ts";

/**
 * softmax(q kᵀ/√hd + bias) v for q [N,heads,T,hd], k and v [N,heads,L,hd]. Its gradient uses δ = Σ dO ⊙ O instead of the T × L
 * product that the softmax rule would keep (Dao et al. 2022, appendix B.2).
 * @param bias [N,1,1,L], a constant to the gradient: very negative where a key is not to be read.
 */
export function scaledDotProductAttention(q: Tensor, k: Tensor, v: Tensor, bias?: Tensor): Tensor {
  const alpha = 1 / Math.sqrt(q.shape.at(-1) as number);
  const scores = q.matmul(k, { transposeB: true, alpha }); // [N,h,T,L]
  const weights = softmax(bias ? scores.add(bias) : scores); // [N,h,T,L]
  const output = weights.matmul(v); // [N,h,T,hd]
  return withVjp(output, [q, k, v], (dy) => {
    const delta = sum(dy.mul(output), { axes: [-1], keepDims: true }); // [N,h,T,1]
    const dScores = weights.mul(dy.matmul(v, { transposeB: true }).sub(delta)); // [N,h,T,L]
    return [
      dScores.matmul(k, { alpha }), // dq
      dScores.matmul(q, { transposeA: true, alpha }), // dk
      weights.matmul(dy, { transposeA: true }), // dv
    ];
  });
}

export interface AttentionOptions {
  readonly heads: number;
  /** Normalises q and k per head before the product, by `${at}.q_norm` and `${at}.k_norm`. */
  readonly qkNorm?: "layer" | "rms";
  /** Rotates q and k [N,heads,T,hd] by position. */
  readonly rotate?: (x: Tensor) => Tensor;
}

/** Multi-head self-attention of x [N,T,D] with `${at}.qkv` [3D,D] and `${at}.proj` [D,D]. */
export function attention(p: Named<Tensor>, at: string, x: Tensor, options: AttentionOptions): Tensor {
  const { heads, qkNorm, rotate = (y) => y } = options;
  const all = splitHeads(linear(p, `${at}.qkv`, x), 3 * heads); // [N,3h,T,hd]: turned once, not q, k and v each
  const [q, k, v] = split(all, 3, 1) as [Tensor, Tensor, Tensor]; // 3 × [N,h,T,hd]
  const norm = (y: Tensor, name: string): Tensor => {
    if (!qkNorm) return y;
    return qkNorm === "rms" ? rmsNorm(p, `${at}.${name}`, y) : layerNorm(y, { p, at: `${at}.${name}`, epsilon: 1e-5 });
  };
  const output = scaledDotProductAttention(rotate(norm(q, "q_norm")), rotate(norm(k, "k_norm")), v); // [N,h,T,hd]
  return linear(p, `${at}.proj`, joinHeads(output)); // [N,T,D]
}
