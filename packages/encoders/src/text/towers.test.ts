import type { TextTokens } from "@gmem/spec";
import { array, type NDArray } from "@gmem/tensor";
import { testTextEncoder } from "@gmem/testing";
import { smallClipTokenizer } from "../../test/small-clip-tokenizer.ts";
import { untrained } from "../../test/small-encoders.ts";
import { smallGemmaTokenizer } from "../../test/small-gemma-tokenizer.ts";
import { clipB32, clipTextParameters, clipTexts } from "../clip/index.ts";
import { gemma2B, gemmaParameters, gemmaTexts } from "../gemma/index.ts";

const clipConfig = {
  ...clipB32,
  dim: 6,
  text: { depth: 1, hiddenSize: 8, heads: 2, contextLength: 12, vocabulary: 9 },
};
const clip = () =>
  clipTexts(clipConfig, { weights: untrained(clipTextParameters(clipConfig)), tokenizer: smallClipTokenizer });

const sizes = { depth: 1, hiddenSize: 8, heads: 2, headDim: 4, feedForward: 16, vocabulary: 13 };
const gemmaConfig = { ...gemma2B, ...sizes };
const gemma = () =>
  gemmaTexts(gemmaConfig, {
    weights: untrained(gemmaParameters(gemmaConfig)),
    tokenizer: smallGemmaTokenizer,
    maxLength: 20,
  });

/** Rows of a text's tokens. */
const rowsOf = ({ hidden, mask }: TextTokens): readonly (readonly Float32Array[])[] => {
  const [n = 0, length = 0, dim = 0] = hidden.shape;
  return Array.from({ length: n }, (_, row) =>
    Array.from({ length }, (_, i) => row * length + i)
      .filter((at) => mask.data[at] === 1)
      .map((at) => hidden.data.slice(at * dim, (at + 1) * dim) as Float32Array),
  );
};
const last = (tokens: TextTokens): NDArray => {
  const rows = rowsOf(tokens).map((text) => Array.from(text.at(-1) as Float32Array));
  return array(rows.flat(), [rows.length, tokens.hidden.shape[2] as number]);
};
const mean = (tokens: TextTokens): NDArray => {
  const rows = rowsOf(tokens).map((text) =>
    Array.from(
      text[0] as Float32Array,
      (_, k) => text.reduce((sum, token) => sum + (token[k] as number), 0) / text.length,
    ),
  );
  return array(rows.flat(), [rows.length, tokens.hidden.shape[2] as number]);
};

testTextEncoder("CLIP", clip, { pooled: last, texts: ["cat", "a tat at a cat"] });
testTextEncoder("Gemma", gemma, { pooled: mean, texts: ["cat", "cat at cat"] });
