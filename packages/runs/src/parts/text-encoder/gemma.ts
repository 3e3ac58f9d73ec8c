import { type GemmaConfig, gemma2B, gemmaTexts } from "@gmem/encoders/gemma";
import { z } from "zod";
import { count, file, network } from "../../config/scalars.ts";
import { locatedWeights } from "../located-weights.ts";
import type { TextEncoderKind } from "../text-encoder-kind.ts";
import { tokenizerFile, wordPiecesFile } from "./word-pieces-file.ts";

const schema = z.strictObject({
  kind: z.literal("gemma").describe("Gemma-2B (the first), published weights: the paper's text encoder."),
  weights: file,
  tokenizer: tokenizerFile,
  maxLength: count.default(300).describe("Tokens of a text at most; what stands behind them is not heard."),
  network,
});

const configOf = ({ network: changes }: z.output<typeof schema>): GemmaConfig => ({ ...gemma2B, ...changes });

export const gemmaKind: TextEncoderKind<typeof schema> = {
  schema,
  async open(settings, { engine, ...options }) {
    const { kind: what, maxLength } = settings;
    const weights = await locatedWeights("textEncoder.weights", settings.weights, { ...options, what });
    const tokenizer = await wordPiecesFile(settings, options);
    return gemmaTexts(configOf(settings), { engine, weights, tokenizer, maxLength });
  },
  dim: (settings) => configOf(settings).hiddenSize,
};
