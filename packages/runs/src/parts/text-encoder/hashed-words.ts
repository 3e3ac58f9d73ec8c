import { hashedWords } from "@gmem/encoders/hashed-words";
import { z } from "zod";
import { count } from "../../config/scalars.ts";
import type { TextEncoderKind } from "../text-encoder-kind.ts";

const schema = z.strictObject({
  kind: z
    .literal("hashed-words")
    .describe("Words and pairs of neighbours by their hashes; learned nothing, no download."),
  dim: count.min(8).default(512).describe("Width of a vector."),
});

export const hashedWordsKind: TextEncoderKind<typeof schema> = {
  schema,
  open: async ({ dim }) => hashedWords({ dim }),
  dim: ({ dim }) => dim,
};
