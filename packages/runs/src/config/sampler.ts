import { z } from "zod";
import { module } from "../parts/module.ts";
import { count } from "./scalars.ts";

export const sampler = z.strictObject({
  /** `ancestral` and `ddim` are of the discrete process that a DiT is trained on. */
  solver: z
    .union([z.enum(["euler", "heun", "euler-maruyama", "heun-sde", "dopri5", "ancestral", "ddim"]), module])
    .default("heun"),
  steps: count.default(20),
  shift: z.number().positive().default(1),
  /** Guidance scale; 1 is none. */
  cfg: z.number().min(0).default(1),
  /** Times that are guided, 0 being data. */
  cfgInterval: z.tuple([z.number(), z.number()]).default([0, 1]),
  /** Guides only the first so many channels; `null` is all. 3 is what DiT, SiT and LightningDiT do. */
  cfgChannels: count.nullable().default(null),
  /** SDE solvers: length of the last step; `null` is the solver's own. */
  lastStepSize: z.number().positive().nullable().default(null),
  /** SDE solvers: the form of w(t). */
  diffusion: z.enum(["constant", "SBDM", "sigma", "linear", "decreasing", "increasing-decreasing"]).default("sigma"),
});
