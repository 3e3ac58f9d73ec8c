import { z } from "zod";
import { count, share } from "./scalars.ts";

const mask = z.strictObject({
  kind: z.enum(["zero", "random", "noise"]).default("zero"),
  p: share.default(0.4),
  place: z.enum(["before", "after"]).default("before"),
  rescale: z.boolean().default(true),
});

const time = z.strictObject({
  law: z.enum(["uniform", "logit-normal"]).default("uniform"),
  /** t → at/(1 + (a − 1)t); 1 leaves t as it is. */
  shift: z.number().positive().default(1),
});

/** The auxiliary loss of REPA, against patch tokens of the run's encoder. */
const repa = z.strictObject({
  coefficient: z.number().positive().default(0.5),
  /** The block whose tokens it reads, counted from 1. */
  depth: count,
  /** Width of the projector's hidden layers. */
  hidden: count.default(2048),
});

export const objective = z.strictObject({
  /** `ddpm` is what a DiT is trained on: discrete steps, the noise, and the bound for the variance. */
  loss: z.enum(["velocity", "score", "noise", "ddpm"]).default("velocity"),
  weight: z.enum(["none", "velocity", "likelihood"]).default("none"),
  interpolant: z.enum(["linear", "gvp", "vp"]).default("linear"),
  cosine: z.number().min(0).default(0),
  mask: mask.prefault({}),
  time: time.prefault({}),
  repa: repa.nullable().default(null),
  nullProbability: share.default(0),
});
