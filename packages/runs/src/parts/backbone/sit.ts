import { sit } from "@gmem/backbones/sit";
import type { Backbone, PartContexts } from "@gmem/spec";
import { z } from "zod";
import type { Kind } from "../kind.ts";
import { transformer } from "./transformer.ts";

const schema = z.strictObject({
  kind: z.literal("sit"),
  ...transformer,
  learnSigma: z.boolean().default(false),
  mlpRatio: z.number().positive().default(4),
});

export const sitKind: Kind<typeof schema, PartContexts["backbone"], Backbone> = {
  schema,
  open: ({ kind: _, time: __, ...own }, context) => sit({ ...own, ...context }),
};
