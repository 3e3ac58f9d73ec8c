import { joinHeads, linear, param, splitHeads } from "@gmem/nn";
import {
  array,
  concat,
  constant,
  gather,
  gelu,
  mean,
  type Named,
  neg,
  rsqrt,
  slice,
  softmax,
  square,
  sum,
  type Tensor,
} from "@gmem/tensor";
import { causalMask } from "../network/causal-mask.ts";
import type { GemmaConfig } from "./config.ts";

/** √D · e(id) for token ids [N,T]: [N,T,D]. */
export function gemmaEmbedding(p: Named<Tensor>, ids: Tensor): Tensor {
  const table = param(p, "embedder.weight"); // [V,D]
  return gather(table, ids).mul(Math.sqrt(table.shape[1] as number)); // [N,T,D]
}

/**
 * Gemma 1 (Mesnard et al. 2024) on token ids [N,T] (i32): the last layer's tokens after the final norm, [N,T,D]. Each token
 * sees itself and those before, so what pads a row behind its end changes nothing.
 * @example
 * const config = { ...gemma2B, depth: 1, hiddenSize: 8, heads: 2, headDim: 4, feedForward: 16, vocabulary: 9 };
 * trace({ feeds: { ids: i32(2, 5) }, state: gemmaParameters(config) }, ({ feeds, state }) => ({
 *   fetches: { y: gemmaHidden(state, feeds.ids, config) }, // [2,5,8]
 * }));
 */
export function gemmaHidden(p: Named<Tensor>, ids: Tensor, config: GemmaConfig): Tensor {
  const norm = (at: string, x: Tensor): Tensor => rmsNorm(p, at, x, config.normEpsilon);
  let h = gemmaEmbedding(p, ids); // [N,T,D]
  for (let i = 0; i < config.depth; i++) {
    const at = `model.layers.${i}`;
    h = h.add(attention(p, `${at}.self_attn`, norm(`${at}.input_layernorm`, h), config)); // [N,T,D]
    h = h.add(geglu(p, `${at}.mlp`, norm(`${at}.post_attention_layernorm`, h))); // [N,T,D]
  }
  return norm("model.norm", h); // [N,T,D]
}

/** Scores of the next token by the embedding's own table: hidden [N,T,D] → [N,T,V]. */
export const gemmaLogits = (p: Named<Tensor>, hidden: Tensor): Tensor =>
  hidden.matmul(param(p, "embedder.weight"), { transposeB: true });

/** Mean of the tokens [N,T,D] whose mask [N,T] is 1: [N,D]. */
export function maskedMean(hidden: Tensor, mask: Tensor): Tensor {
  const [n, t, d] = hidden.shape as [number, number, number];
  const total = mask.reshape([n, 1, t]).matmul(hidden).reshape([n, d]); // [N,D]
  return total.div(sum(mask, { axes: [1], keepDims: true })); // [N,D]
}

/** Attention whose keys and values serve several queries: `${at}.qkv_proj` holds q, k, v in that order of rows. */
function attention(p: Named<Tensor>, at: string, x: Tensor, config: GemmaConfig): Tensor {
  const { heads, keyValueHeads: kv, headDim: hd } = config;
  const [n, t] = x.shape as [number, number, number];
  const fused = linear(p, `${at}.qkv_proj`, x); // [N,T,(h+2kv)·hd]
  const part = (from: number, count: number): Tensor =>
    splitHeads(slice(fused, 2, [from * hd, (from + count) * hd]), count); // [N,count,T,hd]
  const angles = rotary(t, hd, config.ropeBase);
  const q = rotate(part(0, heads), angles).reshape([n, kv, (heads / kv) * t, hd]); // [N,kv,g·T,hd]
  const k = rotate(part(heads, kv), angles); // [N,kv,T,hd]
  const v = part(heads + kv, kv); // [N,kv,T,hd]
  const scores = q.matmul(k, { transposeB: true, alpha: hd ** -0.5 }).reshape([n, heads, t, t]);
  const weights = softmax(scores.add(causalMask(t))).reshape([n, kv, (heads / kv) * t, t]);
  const output = weights.matmul(v).reshape([n, heads, t, hd]); // [N,h,T,hd]
  return linear(p, `${at}.o_proj`, joinHeads(output)); // [N,T,D]
}

/** down(GELU(gate x) ⊙ up x), tanh GELU (Shazeer 2020). */
const geglu = (p: Named<Tensor>, at: string, x: Tensor): Tensor =>
  linear(p, `${at}.down_proj`, gelu(linear(p, `${at}.gate_proj`, x)).mul(linear(p, `${at}.up_proj`, x)));

/** x/√(mean x² + ε) · (1 + weight). */
const rmsNorm = (p: Named<Tensor>, at: string, x: Tensor, epsilon = 1e-6): Tensor =>
  x.mul(rsqrt(mean(square(x), { axes: [-1], keepDims: true }).add(epsilon))).mul(param(p, `${at}.weight`).add(1));

/** Angles m·base^(−2k/hd) of position m, k < hd/2, twice: cosines and sines [T,hd] (Su et al. 2021). */
function rotary(t: number, hd: number, base = 10_000): { readonly cos: Tensor; readonly sin: Tensor } {
  const table = (wave: (angle: number) => number): Tensor =>
    constant(
      array(
        Float32Array.from({ length: t * hd }, (_, i) =>
          wave(Math.floor(i / hd) * base ** ((-2 * (i % (hd / 2))) / hd)),
        ),
        [t, hd],
      ),
    );
  return { cos: table(Math.cos), sin: table(Math.sin) };
}

/** Turns the halves (a, b) of each head of x [N,h,T,hd]: (a cos − b sin, b cos + a sin). */
function rotate(x: Tensor, { cos, sin }: ReturnType<typeof rotary>): Tensor {
  const hd = x.shape[3] as number;
  const turned = concat([neg(slice(x, 3, [hd / 2, hd])), slice(x, 3, [0, hd / 2])], 3); // [N,h,T,hd]
  return x.mul(cos).add(turned.mul(sin));
}
