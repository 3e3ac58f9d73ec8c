import { lightningDit } from "@gmem/backbones/lightning-dit";
import type { Backbone, PartContexts } from "@gmem/spec";
import { z } from "zod";
import type { Kind } from "../kind.ts";
import { transformer } from "./transformer.ts";

const schema = z.strictObject({
  kind: z.literal("lightning-dit"),
  ...transformer,
  learnSigma: z.boolean().default(false),
  rope: z.boolean().default(true),
  rmsNorm: z.boolean().default(true),
  swiglu: z.boolean().default(true),
  woShift: z.boolean().default(false),
});

export const lightningDitKind: Kind<typeof schema, PartContexts["backbone"], Backbone> = {
  schema,
  open: ({ kind: _, time: __, ...own }, context) => lightningDit({ ...own, ...context }),
};
