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
import { positionTable } from "../dinov2/position-table.ts";
import { causalMask } from "../network/causal-mask.ts";
import type { ClipConfig } from "./config.ts";
import { epsilon, transformer } from "./transformer.ts";

/** Tokens after the last block of the image tower. */
interface ClipTokens {
  /** [N,D]. */
  readonly first: Tensor;
  /** [N,T,D], T patches in rows. */
  readonly patches: Tensor;
}

/** Class token and patches of normalised images x [N,3,S,S]; positions are resampled to another grid than the network's. */
function clipTokens(p: Named<Tensor>, x: Tensor, { patchSize, vision }: ClipConfig): ClipTokens {
  const [n, , height, width] = x.shape as [number, number, number, number];
  const d = vision.hiddenSize;
  const kernel = param(p, "visual.conv1.weight").reshape([d, -1]); // [D,3·p²]
  const patches = patchify(x, patchSize).matmul(kernel, { transposeB: true }); // [N,T,D]
  const first = broadcast(param(p, "visual.class_embedding").reshape([1, 1, d]), [n, 1, d]);
  const table = param(p, "visual.positional_embedding"); // [1+m²,D]
  const grid = { rows: height / patchSize, columns: width / patchSize, positions: "timm-antialias" } as const;
  const tokens = concat([first, patches], 1).add(positionTable(table.reshape([1, ...table.shape]), grid)); // [N,1+T,D]
  const h = transformer(p, "visual.transformer", layerNorm(tokens, { p, at: "visual.ln_pre", epsilon }), vision); // [N,1+T,D]
  const end = h.shape[1] as number;
  return { first: slice(h, 1, [0, 1]).reshape([n, d]), patches: slice(h, 1, [1, end]) };
}

/** f(x): the class token after ln_post, projected where the tower has a projection. */
function pooled(p: Named<Tensor>, { first }: ClipTokens): Tensor {
  const y = layerNorm(first, { p, at: "visual.ln_post", epsilon }); // [N,D]
  const projection = p["visual.proj"]; // [D,dim]
  return projection ? y.matmul(projection) : y; // [N,dim]
}

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
  const { imageSize } = config;
  const [, , height, width] = x.shape as [number, number, number, number];
  if (height !== imageSize || width !== imageSize)
    throw new ShapeError("clipImage", `images must be [N,3,${imageSize},${imageSize}]`, [x.shape]);
  return pooled(p, clipTokens(p, x, config));
}

/**
 * Tokens of patches [N,T,D] of the image tower on normalised images x [N,3,S,S] of whole patches: after the last block and
 * without ln_post, as REPA aligns with them (its `clip_vit.py`).
 * @throws {ShapeError} if the patch does not divide the images.
 * @example
 * trace({ feeds: { x: f32(2, 3, 256, 256) }, state: clipImageParameters(clipB32) }, ({ feeds, state }) => ({
 *   fetches: { y: clipPatches(state, feeds.x, clipB32) }, // [2,64,768]
 * }));
 */
export const clipPatches = (p: Named<Tensor>, x: Tensor, config: ClipConfig): Tensor =>
  clipTokens(p, x, config).patches;

/**
 * CLIP's text tower on token ids [N,T] (i32): each token sees itself and those before; the token with the largest id, which
 * ends the text, is projected, [N,dim], not normalised; [N,D] of a tower without `text_projection`.
 * @throws {ShapeError} if ids are longer than the network's context.
 * @example
 * trace({ feeds: { ids: i32(2, 77) }, state: clipTextParameters(clipB32) }, ({ feeds, state }) => ({
 *   fetches: { y: clipText(state, feeds.ids, clipB32) }, // [2,512]
 * }));
 */
export function clipText(p: Named<Tensor>, ids: Tensor, config: ClipConfig): Tensor {
  const y = lastHidden(p, ids, config); // [N,T,D]
  const [n, t, d] = y.shape as [number, number, number];
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
  const pooled = cast(isEnd, "f32").reshape([n, 1, t]).matmul(y).reshape([n, d]); // [N,D]
  return projected(p, pooled); // [N,dim]
}

/**
 * Every token of {@link clipText} as it would be projected if it ended the text, [N,T,dim]: the one with the largest id is the
 * vector of the text. [N,T,D] of a tower without `text_projection`.
 * @throws {ShapeError} if ids are longer than the network's context.
 * @example
 * trace({ feeds: { ids: i32(2, 77) }, state: clipTextParameters(clipB32) }, ({ feeds, state }) => ({
 *   fetches: { y: clipTextTokens(state, feeds.ids, clipB32) }, // [2,77,512]
 * }));
 */
export const clipTextTokens = (p: Named<Tensor>, ids: Tensor, config: ClipConfig): Tensor =>
  projected(p, lastHidden(p, ids, config));

/** Tokens [N,T,D] after ln_final. */
function lastHidden(p: Named<Tensor>, ids: Tensor, { text }: ClipConfig): Tensor {
  const [, t] = ids.shape as [number, number];
  if (ids.rank !== 2 || t > text.contextLength)
    throw new ShapeError("clipText", `ids must be [N,T], at most ${text.contextLength} long`, [ids.shape]);
  const position = slice(param(p, "positional_embedding"), 0, [0, t]); // [T,D]
  const x = gather(param(p, "token_embedding.weight"), ids).add(position); // [N,T,D]
  const h = transformer(p, "transformer", x, { ...text, mask: causalMask(t) }); // [N,T,D]
  return layerNorm(h, { p, at: "ln_final", epsilon }); // [N,T,D]
}

/** Into the space shared with images, where the tower has a projection [D,dim]. */
const projected = (p: Named<Tensor>, y: Tensor): Tensor => (p.text_projection ? y.matmul(p.text_projection) : y);

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
