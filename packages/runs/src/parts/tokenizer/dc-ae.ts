import { type DcAeConfig, dcAe, dcAeF32C32, dcAeF64C128, dcAeSana } from "@gmem/tokenizers/dc-ae";
import { z } from "zod";
import type { TokenizerKind } from "../tokenizer-kind.ts";
import { latentOf, published, tokenizerWeights } from "./published.ts";

const variants = { f32c32: dcAeF32C32, f64c128: dcAeF64C128, sana: dcAeSana } as const;

const schema = z.strictObject({
  kind: z.literal("dc-ae").describe("The deep-compression autoencoder, factor 32 or 64."),
  variant: z.enum(["f32c32", "f64c128", "sana"]).default("f32c32").describe("Factor and channels, or Sana's."),
  ...published,
});

const configOf = ({ variant, network }: z.output<typeof schema>): DcAeConfig => ({ ...variants[variant], ...network });

export const dcAeKind: TokenizerKind<typeof schema> = {
  schema,
  open: async (settings, { engine, ...options }) =>
    dcAe(configOf(settings), { engine, weights: await tokenizerWeights(settings, options) }),
  latent(settings, imageSize) {
    const { latentChannels: channels, encoder } = configOf(settings);
    return latentOf("dc-ae", { channels, factor: 2 ** (encoder.stages.length - 1), imageSize });
  },
};
