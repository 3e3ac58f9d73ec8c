import { sit } from "@gmem/backbones/sit";
import type { Backbone, PartContexts } from "@gmem/spec";
import { z } from "zod";
import type { Kind } from "../kind.ts";
import { transformer } from "./transformer.ts";

const schema = z.strictObject({
  kind: z.literal("sit").describe("SiT: continuous time, velocity."),
  ...transformer,
  learnSigma: z.boolean().default(false).describe("The network has channels for a variance, which are not used."),
  mlpRatio: z.number().positive().default(4).describe("Width of the MLP over `hiddenSize`."),
});

export const sitKind: Kind<typeof schema, PartContexts["backbone"], Backbone> = {
  schema,
  open: ({ kind: _, time: __, ...own }, context) => sit({ ...own, ...context }),
};
