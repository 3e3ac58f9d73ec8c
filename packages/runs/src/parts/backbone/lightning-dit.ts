import { lightningDit } from "@gmem/backbones/lightning-dit";
import type { Backbone, PartContexts } from "@gmem/spec";
import { z } from "zod";
import type { Kind } from "../kind.ts";
import { transformer } from "./transformer.ts";

const schema = z.strictObject({
  kind: z.literal("lightning-dit").describe("LightningDiT: rotary positions, RMS norms, SwiGLU."),
  ...transformer,
  learnSigma: z.boolean().default(false).describe("The network has channels for a variance, which are not used."),
  rope: z.boolean().default(true).describe("Rotates queries and keys by row and column."),
  rmsNorm: z.boolean().default(true).describe("RMS norms with gains; false is layer norms without."),
  swiglu: z.boolean().default(true).describe("MLPs are SwiGLU; false is GELU."),
  woShift: z.boolean().default(false).describe("Blocks scale and gate without shifting."),
});

export const lightningDitKind: Kind<typeof schema, PartContexts["backbone"], Backbone> = {
  schema,
  open: ({ kind: _, time: __, ...own }, context) => lightningDit({ ...own, ...context }),
};
