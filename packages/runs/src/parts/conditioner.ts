import type { Conditioner, ConditionerNeeds } from "@gmem/spec";
import type { z } from "zod";
import { byKind } from "../config/by-kind.ts";
import { classTableKind } from "./conditioner/class-table.ts";
import { memoryBankKind } from "./conditioner/memory-bank.ts";
import { unconditionalKind } from "./conditioner/unconditional.ts";
import type { ConditionerContext } from "./conditioner-kind.ts";
import { conditionerModule, openModule } from "./module.ts";

const kinds = {
  "memory-bank": memoryBankKind,
  "class-table": classTableKind,
  unconditional: unconditionalKind,
} as const;

export const conditioner = byKind([
  memoryBankKind.schema,
  classTableKind.schema,
  unconditionalKind.schema,
  conditionerModule,
]);

type Settings = z.output<typeof conditioner>;

/** Figure 4: the source of the conditioning, by the configuration's word for it. */
export async function openConditioner(settings: Settings, context: ConditionerContext): Promise<Conditioner> {
  if (settings.kind !== "module") return kinds[settings.kind].open(settings as never, context);
  const { bank, ...rest } = context;
  return openModule("conditioner", settings, { ...rest, ...(bank ? { bank } : {}) });
}

/** What training must have ready for it. */
export const needsOf = (settings: Settings): ConditionerNeeds =>
  settings.kind === "module" ? settings.needs : kinds[settings.kind].needs;
