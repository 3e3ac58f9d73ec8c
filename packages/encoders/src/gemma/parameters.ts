import { type Aval, f32, type Named } from "@gmem/tensor";
import type { GemmaConfig } from "./config.ts";

/** Names and shapes of the parameters, as in google/gemma_pytorch. */
export function gemmaParameters(config: GemmaConfig): Named<Aval> {
  const { depth, hiddenSize: d, heads, keyValueHeads, headDim, feedForward: h, vocabulary } = config;
  const layer = (at: string): Record<string, Aval> => ({
    [`${at}.input_layernorm.weight`]: f32(d),
    [`${at}.self_attn.qkv_proj.weight`]: f32((heads + 2 * keyValueHeads) * headDim, d),
    [`${at}.self_attn.o_proj.weight`]: f32(d, heads * headDim),
    [`${at}.post_attention_layernorm.weight`]: f32(d),
    [`${at}.mlp.gate_proj.weight`]: f32(h, d),
    [`${at}.mlp.up_proj.weight`]: f32(h, d),
    [`${at}.mlp.down_proj.weight`]: f32(d, h),
  });
  return {
    "embedder.weight": f32(vocabulary, d),
    ...Object.assign({}, ...Array.from({ length: depth }, (_, i) => layer(`model.layers.${i}`))),
    "model.norm.weight": f32(d),
  };
}
