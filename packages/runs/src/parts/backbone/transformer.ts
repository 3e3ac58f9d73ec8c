import { z } from "zod";
import { count } from "../../config/scalars.ts";

/** What the transformers of this library have in common. */
export const transformer = {
  patchSize: count,
  depth: count,
  hiddenSize: count,
  heads: count,
  adaLNInit: z.enum(["zero", "xavier"]).default("zero"),
  qkNorm: z.boolean().default(false),
  /** Computes each block again in the backward pass: less memory, more time. */
  recompute: z.boolean().default(false),
  /** The time direction that the weights were trained with: published SiT, LightningDiT and GMem have data at 1. */
  time: z.enum(["data0", "data1"]).default("data0"),
};
