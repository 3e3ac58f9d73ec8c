import { type DitBackbone, dit } from "@gmem/backbones/dit";
import { type Ddpm, ddpm } from "@gmem/samplers";
import type { PartContexts } from "@gmem/spec";
import { z } from "zod";
import { count } from "../../config/scalars.ts";
import type { Kind } from "../kind.ts";
import { transformer } from "./transformer.ts";

const schema = z.strictObject({
  kind: z
    .literal("dit")
    .describe("DiT: predicts the noise of a DDPM process; needs more steps than the others to follow its snippets."),
  ...transformer,
  learnSigma: z.boolean().default(true).describe("The network predicts the variance of a step as well."),
  mlpRatio: z.number().positive().default(4).describe("Width of the MLP over `hiddenSize`."),
  steps: count.default(1000).describe("Steps of the discrete process, K."),
});

export const ditKind: Kind<typeof schema, PartContexts["backbone"], DitBackbone> = {
  schema,
  open: ({ kind: _, time: __, ...own }, context) => dit({ ...own, ...context }),
};

/** The discrete process of a DiT, all its steps or so many of them. */
export function processOf({ config }: DitBackbone, kept?: number): Ddpm {
  const steps = config.steps as number;
  return ddpm({
    steps,
    variance: config.learnSigma === true ? "learned-range" : "fixed-large",
    ...(kept !== undefined && kept < steps ? { respacing: kept } : {}),
  });
}
