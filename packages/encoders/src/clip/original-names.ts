import { array, type Named, type NDArray } from "@gmem/tensor";
import { transposed } from "@gmem/tensor/linalg";
import { joinBlocks, mapNames, type NameRule } from "@gmem/weights";

const layers = (from: string, to: string): readonly NameRule[] => {
  const layer = `^${from}\\.encoder\\.layers\\.(\\d+)\\.`;
  const block = `${to}.resblocks.$1`;
  return [
    ...["q", "k", "v"].map(
      (part, i): NameRule => [
        new RegExp(`${layer}self_attn\\.${part}_proj\\.(weight|bias)$`),
        `${block}.attn.in_proj_$2#${i}`,
      ],
    ),
    [new RegExp(`${layer}self_attn\\.out_proj\\.`), `${block}.attn.out_proj.`],
    [new RegExp(`${layer}layer_norm(\\d)\\.`), `${block}.ln_$2.`],
    [new RegExp(`${layer}mlp\\.fc1\\.`), `${block}.mlp.c_fc.`],
    [new RegExp(`${layer}mlp\\.fc2\\.`), `${block}.mlp.c_proj.`],
  ];
};

/** Hugging Face's `CLIPModel`, and its towers with their prefix → openai/CLIP. */
const rules: readonly NameRule[] = [
  [/^vision_model\.embeddings\.class_embedding$/, "visual.class_embedding"],
  [/^vision_model\.embeddings\.position_embedding\.weight$/, "visual.positional_embedding"],
  [/^vision_model\.embeddings\.patch_embedding\.weight$/, "visual.conv1.weight"],
  [/^vision_model\.pre_layrnorm\./, "visual.ln_pre."],
  [/^vision_model\.post_layernorm\./, "visual.ln_post."],
  [/^visual_projection\.weight$/, "visual.proj"],
  ...layers("vision_model", "visual.transformer"),
  [/^text_model\.embeddings\.token_embedding\./, "token_embedding."],
  [/^text_model\.embeddings\.position_embedding\.weight$/, "positional_embedding"],
  [/^text_model\.final_layer_norm\./, "ln_final."],
  [/^text_projection\.weight$/, "text_projection"],
  ...layers("text_model", "transformer"),
];

/**
 * The tensors of a checkpoint under the names of openai/CLIP. Takes those of Hugging Face's `CLIPModel`, whose projections are
 * stored the other way round, and leaves the original ones as they are.
 * @throws {GMemError} code `WEIGHTS` if two tensors get one name, or a query, key or value is missing.
 * @example
 * const named = clipNames({ "visual_projection.weight": zeros([4, 8]) });
 * named["visual.proj"]?.shape; // [8, 4]
 */
export const clipNames = (tensors: Named<NDArray>): Named<NDArray> => joinBlocks(clipBlocks(tensors));

/** {@link clipNames} with query, key and value apart. */
export function clipBlocks(tensors: Named<NDArray>): Named<NDArray> {
  const turned = Object.entries(withPrefix(tensors)).map(([name, tensor]): [string, NDArray] => [
    name,
    /^(visual|text)_projection\.weight$/.test(name) ? turnedRound(tensor) : tensor,
  ]);
  return mapNames(Object.fromEntries(turned), rules);
}

/** True for one tower alone, as `CLIPTextModel` and `CLIPVisionModel` are stored: without prefix and without projection. */
export const isTower = (tensors: Named<unknown>): boolean => towerPrefix(tensors) !== undefined;

function towerPrefix(tensors: Named<unknown>): string | undefined {
  if (Object.hasOwn(tensors, "embeddings.token_embedding.weight")) return "text_model.";
  return Object.hasOwn(tensors, "embeddings.class_embedding") ? "vision_model." : undefined;
}

function withPrefix(tensors: Named<NDArray>): Named<NDArray> {
  const prefix = towerPrefix(tensors);
  if (prefix === undefined) return tensors;
  const own = /^(?=(embeddings|encoder|pre_layrnorm|post_layernorm|final_layer_norm)\.)/;
  return mapNames(tensors, (name) => name.replace(own, prefix));
}

function turnedRound({ data, shape }: NDArray): NDArray<"f32"> {
  const [rows = 0, columns = 0] = shape;
  return array(transposed(Float32Array.from(data), { rows, columns }), [columns, rows]);
}
