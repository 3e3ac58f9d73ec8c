import type { Conditioner, ConditionerNeeds } from "@gmem/spec";
import type { z } from "zod";
import { byKind } from "../config/by-kind.ts";
import { captionsKind } from "./conditioner/captions.ts";
import { classTableKind } from "./conditioner/class-table.ts";
import { memoryBankKind } from "./conditioner/memory-bank.ts";
import { t2sKind } from "./conditioner/t2s.ts";
import { unconditionalKind } from "./conditioner/unconditional.ts";
import type { ConditionerContext } from "./conditioner-kind.ts";
import { conditionerModule, openModule } from "./module.ts";

const kinds = {
  "memory-bank": memoryBankKind,
  "class-table": classTableKind,
  unconditional: unconditionalKind,
  t2s: t2sKind,
  captions: captionsKind,
} as const;

export const conditioner = byKind([
  memoryBankKind.schema,
  classTableKind.schema,
  unconditionalKind.schema,
  t2sKind.schema,
  captionsKind.schema,
  conditionerModule,
]);

type Settings = z.output<typeof conditioner>;

/** Figure 4: the source of the conditioning, by the configuration's word for it. */
export async function openConditioner(settings: Settings, context: ConditionerContext): Promise<Conditioner> {
  if (settings.kind !== "module") return kinds[settings.kind].open(settings as never, context);
  const { bank, textDim: _, snippetDim: __, snap: ___, contextDim: ____, ...rest } = context;
  return openModule("conditioner", settings, { ...rest, ...(bank ? { bank } : {}) });
}

/** What training must have ready for it. */
export const needsOf = (settings: Settings): ConditionerNeeds =>
  settings.kind === "module" ? settings.needs : kinds[settings.kind].needs(settings as never);

/** True for conditioners whose snippets an S-Adapter takes: a network goes on from one to another. */
export const takesSnippets = (settings: Settings): boolean =>
  settings.kind === "t2s" || needsOf(settings).snippets === true;

/** True for conditioners that draw from the run's bank. */
export const readsBank = (settings: Settings): boolean =>
  settings.kind === "t2s" ? settings.snap : needsOf(settings).snippets === true;

/** True where text is compared with snippets, and no picture is drawn or read in a step. */
export const comparesSnippets = (settings: Settings): boolean =>
  settings.kind === "t2s" && settings.loss !== "end-to-end";
