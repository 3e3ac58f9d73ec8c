import { conditioner } from "@gmem/class-table";
import type { Conditioner } from "@gmem/spec";
import { z } from "zod";
import { count, share } from "../../config/scalars.ts";
import type { ConditionerKind } from "../conditioner-kind.ts";

const schema = z.strictObject({
  kind: z.literal("class-table").describe("Figure 4 (c): a class-conditional model."),
  dropProbability: share.default(0.1).describe("How often a label is replaced by the null label."),
  perClass: count
    .default(1)
    .describe("Embeddings of a class, of which a sample takes one. Above 1 in tables made from a bank."),
});

export const classTableKind: ConditionerKind<typeof schema> = {
  schema,
  needs: () => ({ labels: true }),
  open: ({ kind: _, ...own }, { classes, hiddenSize }) => conditioner({ classes, hiddenSize, ...own }) as Conditioner,
};
