import { z } from "zod";
import { encoder } from "../parts/encoder.ts";
import { count, share } from "./scalars.ts";

const mask = z
  .strictObject({
    kind: z
      .enum(["zero", "random", "noise"])
      .default("zero")
      .describe("Sets entries to 0, replaces them by noise, or adds noise to all."),
    p: share.default(0.4).describe("Chance of an entry to be hit, or the strength of the noise; 0 is no mask."),
    place: z.enum(["before", "after"]).default("before").describe("On the snippet, or on its projection."),
    rescale: z.boolean().default(true).describe("Multiplies what `zero` keeps by 1/(1 − p)."),
  })
  .describe("The mask of snippets in training.");

const time = z
  .strictObject({
    law: z.enum(["uniform", "logit-normal"]).default("uniform").describe("How times are drawn in training."),
    shift: z.number().positive().default(1).describe("t → at/(1 + (a − 1)t); 1 leaves t as it is."),
  })
  .describe("Times of training.");

const repa = z
  .strictObject({
    coefficient: z.number().positive().default(0.5).describe("Its share in the loss."),
    depth: count.describe("The block whose tokens it reads, counted from 1."),
    hidden: count.default(2048).describe("Width of the projectors' hidden layers."),
    encoders: z
      .array(encoder)
      .default([])
      .describe(
        "Encoders whose patch tokens it aligns with, their losses averaged; an empty list is the run's encoder.",
      ),
  })
  .describe("The auxiliary loss of REPA, against patch tokens of one encoder or several; null is none.");

export const objective = z
  .strictObject({
    loss: z
      .enum(["velocity", "score", "noise", "ddpm"])
      .default("velocity")
      .describe(
        "What is compared. ddpm is what a DiT is trained on, and its default: discrete steps, the noise, and the bound for the variance.",
      ),
    weight: z
      .enum(["none", "velocity", "likelihood"])
      .default("none")
      .describe("Factor on score and noise losses: as if velocities were compared, or maximum likelihood."),
    interpolant: z
      .enum(["linear", "gvp", "vp"])
      .default("linear")
      .describe("The path from data to noise; vp with ddpm."),
    cosine: z
      .number()
      .min(0)
      .default(0)
      .describe("Share of the cosine between velocities in the loss; LightningDiT has 1."),
    mask: mask.prefault({}),
    time: time.prefault({}),
    repa: repa.nullable().default(null),
    nullProbability: share
      .default(0)
      .describe("Chance that a sample trains the null condition, which guidance of snippets needs; 0.1 is usual."),
  })
  .describe("What is minimised.");
