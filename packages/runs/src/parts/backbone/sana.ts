import { sana } from "@gmem/backbones/sana";
import type { Backbone, PartContexts } from "@gmem/spec";
import { z } from "zod";
import { count } from "../../config/scalars.ts";
import type { Kind } from "../kind.ts";
import { transformer } from "./transformer.ts";

const { qkNorm: _, ...shared } = transformer;

const schema = z.strictObject({
  kind: z
    .literal("sana")
    .describe("Sana: linear attention, and cross-attention to tokens; snippets become such by adapter.kind=captions."),
  ...shared,
  crossHeads: count.describe("Heads of the cross-attention; divides `hiddenSize`."),
  contextDim: count.default(2304).describe("Width of a token that is read."),
  mlpRatio: z.number().positive().default(2.5).describe("Width of the gated convolution over `hiddenSize`."),
});

export const sanaKind: Kind<typeof schema, PartContexts["backbone"], Backbone> = {
  schema,
  open: ({ kind: _, time: __, ...own }, context) => sana({ ...own, ...context }),
};
