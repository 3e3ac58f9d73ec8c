import { joinHeads, layerNorm, param, splitHeads } from "@gmem/nn";
import {
  broadcast,
  cast,
  gather,
  less,
  maximum,
  type Named,
  relu,
  rsqrt,
  slice,
  softmax,
  split,
  sum,
  sumSquare,
  type Tensor,
  tanh,
} from "@gmem/tensor";

/** Pieces that the network hears of a text. */
export const contextLength = 128;
/** Ids of pieces are below; the table has two rows more. */
export const vocabularySize = 8000;
/** D of each layer's input: the second is wider. */
const widths = [256, 512] as const;
const heads = 4;
const epsilon = 1e-6;

/** 1 where an id [N,T] is a piece, 0 where it is padding, `vocabularySize`. */
export const pieceMask = (ids: Tensor): Tensor => cast(less(ids, vocabularySize), "f32");

/**
 * Universal Sentence Encoder Lite (Cer et al. 2018, the transformer) on ids of pieces [N,T] (i32, padded with 8,000): tokens
 * after the second layer, [N,T,512], those of padding included.
 */
export function useLiteTokens(p: Named<Tensor>, ids: Tensor): Tensor {
  const [n, t] = ids.shape as [number, number];
  const embedded = gather(param(p, "Embeddings_en"), ids); // [N,T,256]
  const timing = slice(param(p, "TimingSignal"), 0, [0, t]); // [T,256]
  const hidden = embedded.add(embedded.add(timing)); // the table's row goes in twice, the timing once
  const bias = pieceMask(ids).sub(1).mul(1e9).reshape([n, 1, 1, t]); // 0, or −10⁹ for keys of padding
  return widths.reduce((h, width, i) => layer(p, `Layer_${i}`, h, { bias, width }), hidden);
}

/** h ← W h + attention(norm h), where W is there in the layer that changes the width; h ← h + FFN(norm h). */
function layer(
  p: Named<Tensor>,
  at: string,
  h: Tensor,
  { bias, width }: { readonly bias: Tensor; readonly width: number },
): Tensor {
  const residual = p[`${at}/dense/kernel`] ? dense(p, `${at}/dense`, h) : h; // [N,T,512]
  const mixed = attention(p, `${at}/MultiheadAttention`, norm(p, at, h), { bias, width });
  const y = residual.add(mixed); // [N,T,512]
  return y.add(dense(p, `${at}/FFN/conv2`, relu(dense(p, `${at}/FFN/conv1`, norm(p, `${at}/FFN`, y)))));
}

function attention(
  p: Named<Tensor>,
  at: string,
  x: Tensor,
  { bias, width }: { readonly bias: Tensor; readonly width: number },
): Tensor {
  const parts = split(dense(p, `${at}/qkv_transform_single`, x), 3, -1); // 3 × [N,T,D]
  const [q, k, v] = parts.map((part) => splitHeads(part, heads)) as [Tensor, Tensor, Tensor]; // [N,4,T,D/4]
  const alpha = (width / heads) ** -0.5;
  const scores = q.matmul(k, { transposeB: true, alpha }); // [N,4,T,T]
  const weights = softmax(scores.add(broadcast(bias, scores.shape)));
  return dense(p, `${at}/output_transform_single`, joinHeads(weights.matmul(v))); // [N,T,512]
}

/** The vector of a text, [N,512]: tanh(W · mean of its tokens + b), of unit length. */
export function useLitePooled(p: Named<Tensor>, hidden: Tensor, mask: Tensor): Tensor {
  const [n, t, d] = hidden.shape as [number, number, number];
  const total = mask.reshape([n, 1, t]).matmul(hidden).reshape([n, d]); // [N,D]
  const mean = total.div(maximum(sum(mask, { axes: [1], keepDims: true }), 1)); // [N,D]
  const y = tanh(
    mean.matmul(param(p, "hidden_layers/tanh_layer_0/weights")).add(param(p, "hidden_layers/tanh_layer_0/bias")),
  );
  return y.mul(rsqrt(maximum(sumSquare(y, { axes: [-1], keepDims: true }), 1e-12)));
}

/** x W + b. */
const dense = (p: Named<Tensor>, at: string, x: Tensor): Tensor =>
  x.matmul(param(p, `${at}/kernel`)).add(param(p, `${at}/bias`));

const norm = (p: Named<Tensor>, at: string, x: Tensor): Tensor =>
  layerNorm(x, { epsilon })
    .mul(param(p, `${at}/layer_norm_scale`))
    .add(param(p, `${at}/layer_norm_bias`));
