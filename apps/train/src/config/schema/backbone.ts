import { z } from "zod";
import { byKind } from "./by-kind.ts";
import { count } from "./scalars.ts";

const shared = {
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

const sit = z.strictObject({
  kind: z.literal("sit"),
  ...shared,
  learnSigma: z.boolean().default(false),
  mlpRatio: z.number().positive().default(4),
});

const lightningDit = z.strictObject({
  kind: z.literal("lightning-dit"),
  ...shared,
  learnSigma: z.boolean().default(false),
  rope: z.boolean().default(true),
  rmsNorm: z.boolean().default(true),
  swiglu: z.boolean().default(true),
  woShift: z.boolean().default(false),
});

/** Predicts the noise of a DDPM process. */
const dit = z.strictObject({
  kind: z.literal("dit"),
  ...shared,
  learnSigma: z.boolean().default(true),
  mlpRatio: z.number().positive().default(4),
  /** K of the process. */
  steps: count.default(1000),
});

export const backbone = byKind([sit, lightningDit, dit]);
