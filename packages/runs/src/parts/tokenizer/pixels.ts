import { pixels } from "@gmem/tokenizers/pixels";
import { z } from "zod";
import type { TokenizerKind } from "../tokenizer-kind.ts";

const schema = z.strictObject({ kind: z.literal("pixels").describe("Pixels are the latents.") });

export const pixelsKind: TokenizerKind<typeof schema> = {
  schema,
  open: async (_, { imageSize }) => pixels({ size: imageSize }),
  latent: (_, imageSize) => [3, imageSize, imageSize],
};
