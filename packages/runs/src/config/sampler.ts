import { z } from "zod";
import { module } from "../parts/module.ts";
import { count } from "./scalars.ts";

export const sampler = z
  .strictObject({
    solver: z
      .union([
        z.enum(["euler", "heun", "dpm-solver++", "euler-maruyama", "heun-sde", "dopri5", "ancestral", "ddim"]),
        module,
      ])
      .default("heun")
      .describe(
        "ancestral and ddim are of the discrete process that a DiT is trained on, ddim being its default; a module is anybody's.",
      ),
    steps: count.default(20).describe("Steps from noise to data."),
    shift: z
      .number()
      .positive()
      .default(1)
      .describe("Of the grid of times, t → at/(1 + (a − 1)t): above 1 more steps near noise."),
    cfg: z.number().min(0).default(1).describe("Guidance scale; 1 is none."),
    cfgInterval: z
      .tuple([z.number(), z.number()])
      .refine(([low, high]) => low >= 0 && low <= high && high <= 1, {
        error: "must be two times, 0 ≤ first ≤ last ≤ 1, 0 being data",
      })
      .default([0, 1])
      .describe("First and last of the times that are guided, 0 being data."),
    cfgChannels: count
      .nullable()
      .default(null)
      .describe("Guides only the first so many channels; null is all. 3 is what DiT, SiT and LightningDiT do."),
    lastStepSize: z
      .number()
      .positive()
      .nullable()
      .default(null)
      .describe("SDE solvers: length of the last step; null is the solver's own."),
    diffusion: z
      .enum(["constant", "SBDM", "sigma", "linear", "decreasing", "increasing-decreasing"])
      .default("sigma")
      .describe("SDE solvers: the form of w(t)."),
  })
  .describe("How pictures are drawn, unless `sample` is told otherwise.");
