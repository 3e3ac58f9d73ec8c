import { z } from "zod";
import { count } from "../../config/scalars.ts";

/** OpenUni's connector and queries, of any size. */
export const connector = z.strictObject({
  queries: count
    .default(256)
    .describe("Learned queries: tokens that a network reads, or that become the snippet by their mean."),
  hiddenSize: count.describe("Width of a token of the language model."),
  layers: count.default(6).describe("Layers over prompt and queries."),
  heads: count.describe("Heads; divides `hiddenSize`."),
  intermediateSize: count.describe("Units of the MLPs."),
});
