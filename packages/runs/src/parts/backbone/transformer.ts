import { z } from "zod";
import { count } from "../../config/scalars.ts";

/** What the transformers of this library have in common. */
export const transformer = {
  patchSize: count.describe("Side of the square of latent pixels that is one token."),
  depth: count.describe("Blocks."),
  hiddenSize: count.describe("Width of a token, D."),
  heads: count.describe("Heads of attention; divides `hiddenSize`."),
  adaLNInit: z
    .enum(["zero", "xavier"])
    .default("zero")
    .describe("Each block starts as the identity, or as in the released code."),
  qkNorm: z.boolean().default(false).describe("Norms of queries and keys, a head at a time."),
  recompute: z
    .boolean()
    .default(false)
    .describe("Computes each block again in the backward pass: less memory, more time."),
  time: z
    .enum(["data0", "data1"])
    .default("data0")
    .describe(
      "The time direction that the weights were trained with: published SiT, LightningDiT and GMem have data at 1.",
    ),
};
