import { type Bank, conditioner } from "@gmem/memory-bank";
import type { Conditioner } from "@gmem/spec";
import { z } from "zod";
import type { ConditionerKind } from "../conditioner-kind.ts";

const schema = z.strictObject({ kind: z.literal("memory-bank").describe("Figure 4 (b): a GMem.") });

export const memoryBankKind: ConditionerKind<typeof schema> = {
  schema,
  needs: () => ({ snippets: true }),
  open: (_, { bank }) => conditioner({ bank: bank as Bank }) as Conditioner, // says so if there is none
};
