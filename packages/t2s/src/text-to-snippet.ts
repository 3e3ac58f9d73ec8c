import { linear, linearInit } from "@gmem/nn";
import type { Params } from "@gmem/spec";
import {
  greater,
  maximum,
  type NDArray,
  type Rng,
  scalar,
  silu,
  sqrt,
  sumSquare,
  type Tensor,
  where,
} from "@gmem/tensor";

const [first, last] = ["t2s.0", "t2s.2"] as const;

/** Widths of g_φ: of a text's vector, of the layer between, of a snippet. */
export interface T2sWidths {
  readonly textDim: number;
  readonly hidden: number;
  readonly snippetDim: number;
}

/** Parameters of g_φ: `t2s.0.{weight,bias}` [hidden,textDim] and `t2s.2.{weight,bias}` [d,hidden], Xavier and zero. */
export const textToSnippetInit = (rng: Rng, { textDim, hidden, snippetDim }: T2sWidths): Params<NDArray> => ({
  ...linearInit(rng, first, { in: textDim, out: hidden }),
  ...linearInit(rng, last, { in: hidden, out: snippetDim }),
});

/**
 * ŝ = g_φ(τ)/‖g_φ(τ)‖ with g_φ(τ) = W₂ SiLU(W₁(gain·τ) + b₁) + b₂ (§4.4), traced: vectors of texts [N,textDim] → unit
 * snippets [N,d]. A row of zeros is the null text, and its snippet is zero, as the S-Adapter's null snippet is.
 * @param gain 1 as in the paper, whose vectors are means of normed hidden states, of length about √textDim.
 * @throws {GMemError} code `WEIGHTS` if a parameter is missing.
 * @example
 * const p = textToSnippetInit(key(0), { textDim: 8, hidden: 8, snippetDim: 4 });
 * const graph = trace({ feeds: { text: f32(2, 8) }, state: p }, ({ feeds, state }) => ({
 *   fetches: { s: textToSnippet(state, feeds.text) }, // [2,4]
 * }));
 * evaluate(graph, { text: key(1).normal([2, 8]) }, p);
 */
export function textToSnippet(p: Params, text: Tensor, gain = 1): Tensor {
  const h = silu(linear(p, first, gain === 1 ? text : text.mul(gain))); // [N,hidden]
  const y = linear(p, last, h); // [N,d]
  const length = sqrt(maximum(sumSquare(y, { axes: [-1], keepDims: true }), 1e-24)); // [N,1]
  const isText = greater(sumSquare(text, { axes: [-1], keepDims: true }), 0); // [N,1]
  return where(isText, y.div(length), scalar(0)); // [N,d]
}
