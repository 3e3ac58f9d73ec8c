import type { Named, NDArray } from "@gmem/tensor";
import { joinBlocks, mapNames, type NameRule } from "@gmem/weights";

/** Hugging Face's `GemmaForCausalLM`, and `GemmaModel`, which lacks `model.` → google/gemma_pytorch; all other names are equal. */
const rules: readonly NameRule[] = [
  [/^model\.embed_tokens\.weight$/, "embedder.weight"],
  [/\.self_attn\.q_proj\.weight$/, ".self_attn.qkv_proj.weight#0"],
  [/\.self_attn\.k_proj\.weight$/, ".self_attn.qkv_proj.weight#1"],
  [/\.self_attn\.v_proj\.weight$/, ".self_attn.qkv_proj.weight#2"],
];

/**
 * The tensors of a checkpoint under the names of google/gemma_pytorch. Takes those of Hugging Face and leaves the original
 * ones as they are.
 * @throws {GMemError} code `WEIGHTS` if two tensors get one name, or a query, key or value is missing.
 * @example
 * Object.keys(gemmaNames({ "model.embed_tokens.weight": zeros([9, 8]) })); // ["embedder.weight"]
 */
export const gemmaNames = (tensors: Named<NDArray>): Named<NDArray> => joinBlocks(gemmaBlocks(tensors));

/** {@link gemmaNames} with query, key and value apart. */
export const gemmaBlocks = (tensors: Named<NDArray>): Named<NDArray> =>
  mapNames(
    mapNames(tensors, (name) => name.replace(/^(?=(embed_tokens|layers|norm)\.)/, "model.")),
    rules,
  );
