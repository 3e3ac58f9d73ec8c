import { layerNorm, param, patchify } from "@gmem/nn";
import {
  argMax,
  array,
  broadcast,
  cast,
  concat,
  constant,
  equal,
  exp,
  gather,
  maximum,
  type Named,
  ShapeError,
  slice,
  sqrt,
  sumSquare,
  type Tensor,
} from "@gmem/tensor";
import { causalMask } from "../network/causal-mask.ts";
import type { ClipConfig } from "./config.ts";
import { epsilon, transformer } from "./transformer.ts";

/**
 * CLIP's image tower (Radford et al. 2021, § 2.4) on normalised images x [N,3,S,S]: the class token after ln_post, projected,
 * [N,dim], not normalised; [N,D] of a tower without `visual.proj`.
 * @throws {ShapeError} if images have another size than the network.
 * @example
 * trace({ feeds: { x: f32(2, 3, 224, 224) }, state: clipImageParameters(clipB32) }, ({ feeds, state }) => ({
 *   fetches: { y: clipImage(state, feeds.x, clipB32) }, // [2,512]
 * }));
 */
export function clipImage(p: Named<Tensor>, x: Tensor, config: ClipConfig): Tensor {
  const { imageSize, patchSize, vision } = config;
  const [n, , height, width] = x.shape as [number, number, number, number];
  if (height !== imageSize || width !== imageSize)
    throw new ShapeError("clipImage", `images must be [N,3,${imageSize},${imageSize}]`, [x.shape]);
  const d = vision.hiddenSize;
  const kernel = param(p, "visual.conv1.weight").reshape([d, -1]); // [D,3·p²]
  const patches = patchify(x, patchSize).matmul(kernel, { transposeB: true }); // [N,T,D]
  const first = broadcast(param(p, "visual.class_embedding").reshape([1, 1, d]), [n, 1, d]);
  const tokens = concat([first, patches], 1).add(param(p, "visual.positional_embedding")); // [N,1+T,D]
  const h = transformer(p, "visual.transformer", layerNorm(tokens, { p, at: "visual.ln_pre", epsilon }), vision); // [N,1+T,D]
  const pooled = layerNorm(slice(h, 1, [0, 1]).reshape([n, d]), { p, at: "visual.ln_post", epsilon }); // [N,D]
  const projection = p["visual.proj"]; // [D,dim]
  return projection ? pooled.matmul(projection) : pooled; // [N,dim]
}

/**
 * CLIP's text tower on token ids [N,T] (i32): each token sees itself and those before; the token with the largest id, which
 * ends the text, is projected, [N,dim], not normalised.
 * @throws {ShapeError} if ids are longer than the network's context.
 * @example
 * trace({ feeds: { ids: i32(2, 77) }, state: clipTextParameters(clipB32) }, ({ feeds, state }) => ({
 *   fetches: { y: clipText(state, feeds.ids, clipB32) }, // [2,512]
 * }));
 */
export function clipText(p: Named<Tensor>, ids: Tensor, { text }: ClipConfig): Tensor {
  const [n, t] = ids.shape as [number, number];
  if (ids.rank !== 2 || t > text.contextLength)
    throw new ShapeError("clipText", `ids must be [N,T], at most ${text.contextLength} long`, [ids.shape]);
  const position = slice(param(p, "positional_embedding"), 0, [0, t]); // [T,D]
  const x = gather(param(p, "token_embedding.weight"), ids).add(position); // [N,T,D]
  const h = transformer(p, "transformer", x, { ...text, mask: causalMask(t) }); // [N,T,D]
  const y = layerNorm(h, { p, at: "ln_final", epsilon }); // [N,T,D]
  const end = argMax(cast(ids, "f32")).reshape([n, 1]); // [N,1]
  const isEnd = equal(
    constant(
      array(
        Int32Array.from({ length: t }, (_, i) => i),
        [1, t],
        "i32",
      ),
    ),
    end,
  ); // [N,T]
  const pooled = cast(isEnd, "f32").reshape([n, 1, t]).matmul(y).reshape([n, text.hiddenSize]); // [N,D]
  return pooled.matmul(param(p, "text_projection")); // [N,dim]
}

/**
 * Cosine similarities times exp(logit_scale), images [N,dim] by texts [M,dim]: [N,M].
 * @example
 * trace({ feeds: { image: f32(2, 4), text: f32(3, 4) }, state: { logit_scale: f32() } }, ({ feeds, state }) => ({
 *   fetches: { y: clipLogits(state, feeds.image, feeds.text) }, // [2,3]
 * }));
 */
export function clipLogits(p: Named<Tensor>, image: Tensor, text: Tensor): Tensor {
  const scale = exp(param(p, "logit_scale")); // []
  return unit(image).matmul(unit(text), { transposeB: true }).mul(scale); // [N,M]
}

const unit = (x: Tensor): Tensor => x.div(maximum(sqrt(sumSquare(x, { axes: [-1], keepDims: true })), 1e-12));
