import type { Bank } from "@gmem/memory-bank";
import type { Conditioner, ConditionerNeeds, PartContexts } from "@gmem/spec";
import type { z } from "zod";
import type { Kind } from "./kind.ts";

/** What conditioners may need: each takes its own. */
export interface ConditionerContext extends Omit<PartContexts["conditioner"], "bank"> {
  readonly bank?: Bank | undefined;
}

export interface ConditionerKind<S extends z.ZodObject> extends Kind<S, ConditionerContext, Conditioner> {
  readonly needs: ConditionerNeeds;
}
