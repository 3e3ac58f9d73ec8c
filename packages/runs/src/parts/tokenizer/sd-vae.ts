import { type KlVaeConfig, sdVae, sdVaeF8D4 } from "@gmem/tokenizers/sd-vae";
import { z } from "zod";
import type { TokenizerKind } from "../tokenizer-kind.ts";
import { klVaeLatent, published, tokenizerWeights } from "./published.ts";

const schema = z.strictObject({
  kind: z.literal("sd-vae").describe("Stable Diffusion's autoencoder, factor 8, 4 channels."),
  ...published,
});

const configOf = ({ network }: z.output<typeof schema>): KlVaeConfig => ({ ...sdVaeF8D4, ...network });

export const sdVaeKind: TokenizerKind<typeof schema> = {
  schema,
  open: async (settings, { engine, ...options }) =>
    sdVae(configOf(settings), { engine, weights: await tokenizerWeights(settings, options) }),
  latent: (settings, imageSize) => klVaeLatent("sd-vae", configOf(settings), imageSize),
};
