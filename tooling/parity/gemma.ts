import {
  type GemmaConfig,
  gemmaEmbedding,
  gemmaHidden,
  gemmaLogits,
  gemmaNames,
  maskedMean,
} from "@gmem/encoders/gemma";
import { array, type NDArray } from "@gmem/tensor";
import type { ParityCase, ParityFile } from "./case.ts";
import { compute } from "./compute.ts";

/** The official configuration in ours. */
function configOf(file: ParityFile): GemmaConfig {
  const of = (field: string): number => file.number(field);
  return {
    name: file.name,
    depth: of("num_hidden_layers"),
    hiddenSize: of("hidden_size"),
    heads: of("num_attention_heads"),
    keyValueHeads: of("num_key_value_heads"),
    headDim: of("head_dim"),
    feedForward: of("intermediate_size"),
    vocabulary: of("vocab_size"),
    normEpsilon: file.number("rms_norm_eps", 1e-6),
    ropeBase: file.number("rope_theta", 10_000),
  };
}

/** 1 for the first `length` tokens of each row. */
function maskOf(lengths: NDArray, tokens: number): NDArray {
  const rows = Array.from(lengths.data, (length) => Array.from({ length: tokens }, (_, i) => (i < length ? 1 : 0)));
  return array(rows.flat(), [rows.length, tokens]);
}

/** Gemma as published: hidden states, their means, and the scores of the next token. */
export const gemmaCase: ParityCase = {
  component: "gemma",
  async run(file) {
    const config = configOf(file);
    const ids = file.get("in/ids");
    const [, tokens = 0] = ids.shape;
    const feeds = { ids, mask: maskOf(file.get("in/lengths"), tokens) };
    return compute({ feeds, params: gemmaNames(file.part("w/")) }, ({ ids, mask }, p) => {
      const hidden = gemmaHidden(p, ids, config);
      return {
        "out/embed_scaled": gemmaEmbedding(p, ids),
        "out/hidden": hidden,
        "out/mean_all": maskedMean(hidden, mask.mul(0).add(1)),
        "out/mean_valid": maskedMean(hidden, mask),
        "out/logits": gemmaLogits(p, hidden),
      };
    });
  },
  tolerance: () => ({ atol: 2e-5 }),
};
