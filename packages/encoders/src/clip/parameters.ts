import { weightAndBias } from "@gmem/nn";
import { type Aval, f32, type Named } from "@gmem/tensor";
import type { ClipConfig, TowerSize } from "./config.ts";

function tower(at: string, { depth, hiddenSize: d }: TowerSize): Record<string, Aval> {
  const block = (at: string): Record<string, Aval> => ({
    ...weightAndBias(`${at}.ln_1`, [d]),
    [`${at}.attn.in_proj_weight`]: f32(3 * d, d),
    [`${at}.attn.in_proj_bias`]: f32(3 * d),
    ...weightAndBias(`${at}.attn.out_proj`, [d, d]),
    ...weightAndBias(`${at}.ln_2`, [d]),
    ...weightAndBias(`${at}.mlp.c_fc`, [4 * d, d]),
    ...weightAndBias(`${at}.mlp.c_proj`, [d, 4 * d]),
  });
  return Object.assign({}, ...Array.from({ length: depth }, (_, i) => block(`${at}.resblocks.${i}`)));
}

/** Names and shapes of the image tower's parameters, as in the official checkpoints. */
export function clipImageParameters({ dim, imageSize, patchSize, vision }: ClipConfig): Named<Aval> {
  const d = vision.hiddenSize;
  return {
    "visual.class_embedding": f32(d),
    "visual.positional_embedding": f32(1 + (imageSize / patchSize) ** 2, d),
    "visual.conv1.weight": f32(d, 3, patchSize, patchSize),
    ...weightAndBias("visual.ln_pre", [d]),
    ...tower("visual.transformer", vision),
    ...weightAndBias("visual.ln_post", [d]),
    "visual.proj": f32(d, dim),
  };
}

/** Names and shapes of the text tower's parameters and of the temperature, as in the official checkpoints. */
export function clipTextParameters({ dim, text }: ClipConfig): Named<Aval> {
  const d = text.hiddenSize;
  return {
    "token_embedding.weight": f32(text.vocabulary, d),
    positional_embedding: f32(text.contextLength, d),
    ...tower("transformer", text),
    ...weightAndBias("ln_final", [d]),
    text_projection: f32(d, dim),
    logit_scale: f32(),
  };
}
