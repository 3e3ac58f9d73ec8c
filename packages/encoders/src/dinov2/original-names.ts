import type { Named, NDArray } from "@gmem/tensor";
import { joinBlocks, mapNames, type NameRule } from "@gmem/weights";

const layer = String.raw`^encoder\.layer\.(\d+)\.`;

/** Hugging Face's `Dinov2Model` and `Dinov2WithRegistersModel` → facebookresearch/dinov2. */
const rules: readonly NameRule[] = [
  [/^embeddings\.(cls_token|mask_token|register_tokens)$/, "$1"],
  [/^embeddings\.position_embeddings$/, "pos_embed"],
  [/^embeddings\.patch_embeddings\.projection\./, "patch_embed.proj."],
  [new RegExp(`${layer}attention\\.attention\\.query\\.(weight|bias)$`), "blocks.$1.attn.qkv.$2#0"],
  [new RegExp(`${layer}attention\\.attention\\.key\\.(weight|bias)$`), "blocks.$1.attn.qkv.$2#1"],
  [new RegExp(`${layer}attention\\.attention\\.value\\.(weight|bias)$`), "blocks.$1.attn.qkv.$2#2"],
  [new RegExp(`${layer}attention\\.output\\.dense\\.`), "blocks.$1.attn.proj."],
  [new RegExp(`${layer}layer_scale(\\d)\\.lambda1$`), "blocks.$1.ls$2.gamma"],
  [new RegExp(`${layer}mlp\\.weights_in\\.`), "blocks.$1.mlp.w12."],
  [new RegExp(`${layer}mlp\\.weights_out\\.`), "blocks.$1.mlp.w3."],
  [new RegExp(layer), "blocks.$1."],
  [/^layernorm\./, "norm."],
  [/^blocks\.\d+\.(\d+)\./, "blocks.$1."], // training keeps blocks in chunks, which go on counting
];

/**
 * The tensors of a checkpoint under the names of facebookresearch/dinov2. Takes those of Hugging Face, with or without the
 * prefix `dinov2.`, and leaves the original ones as they are.
 * @throws {GMemError} code `WEIGHTS` if two tensors get one name, or a query, key or value is missing.
 * @example
 * const named = dinov2Names({ "embeddings.cls_token": zeros([1, 1, 8]) });
 * Object.keys(named); // ["cls_token"]
 */
export const dinov2Names = (tensors: Named<NDArray>): Named<NDArray> => joinBlocks(dinov2Blocks(tensors));

/** {@link dinov2Names} with query, key and value apart. */
export const dinov2Blocks = (tensors: Named<NDArray>): Named<NDArray> =>
  mapNames(
    mapNames(tensors, (name) => name.replace(/^dinov2(_with_registers)?\./, "")),
    rules,
  );
