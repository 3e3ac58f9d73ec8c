import type { Conditioner } from "@gmem/spec";
import { conditioner } from "@gmem/unconditional";
import { z } from "zod";
import type { ConditionerKind } from "../conditioner-kind.ts";

const schema = z.strictObject({ kind: z.literal("unconditional").describe("Figure 4 (a): no condition.") });

export const unconditionalKind: ConditionerKind<typeof schema> = {
  schema,
  needs: () => ({}),
  open: (_, { hiddenSize }) => conditioner({ hiddenSize }) as Conditioner,
};
