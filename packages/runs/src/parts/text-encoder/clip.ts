import { clipTexts } from "@gmem/encoders/clip";
import { z } from "zod";
import { file, network } from "../../config/scalars.ts";
import { clipConfigOf, clipVariant } from "../encoder/clip.ts";
import { locatedWeights } from "../located-weights.ts";
import type { TextEncoderKind } from "../text-encoder-kind.ts";
import { tokenizerFile, wordPiecesFile } from "./word-pieces-file.ts";

const schema = z.strictObject({
  kind: z.literal("clip").describe("CLIP's text tower, published weights: texts where CLIP's pictures are; 77 tokens."),
  variant: clipVariant,
  weights: file,
  tokenizer: tokenizerFile,
  network,
});

export const clipTextKind: TextEncoderKind<typeof schema> = {
  schema,
  async open(settings, { engine, ...options }) {
    const weights = await locatedWeights("textEncoder.weights", settings.weights, { ...options, what: settings.kind });
    return clipTexts(clipConfigOf(settings), { engine, weights, tokenizer: await wordPiecesFile(settings, options) });
  },
  dim: (settings) => clipConfigOf(settings).dim,
};
