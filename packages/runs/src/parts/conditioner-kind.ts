import type { Bank } from "@gmem/memory-bank";
import type { Conditioner, ConditionerNeeds, PartContexts } from "@gmem/spec";
import type { NDArray } from "@gmem/tensor";
import type { z } from "zod";
import type { Kind } from "./kind.ts";

/** What conditioners may need: each takes its own. */
export interface ConditionerContext extends Omit<PartContexts["conditioner"], "bank"> {
  readonly bank?: Bank | undefined;
  /** Width of a token that the network reads, where it reads any. */
  readonly contextDim?: number | undefined;
  /** Width of a text's vector, where no text encoder is opened. */
  readonly textDim?: number | undefined;
  /** d, where text becomes a snippet. */
  readonly snippetDim?: number | undefined;
  /** Rows [M,d] that the snippet of a text becomes the nearest of. */
  readonly snap?: NDArray<"f32"> | undefined;
}

export interface ConditionerKind<S extends z.ZodObject> extends Kind<S, ConditionerContext, Conditioner> {
  needs(settings: z.output<S>): ConditionerNeeds;
}
