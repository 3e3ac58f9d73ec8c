import type { Named } from "@gmem/tensor";

/** What stands beside an encoder in a checkpoint of a whole task, for classes, tokens or self-supervision. */
export const heads: RegExp = /^(classifier|score|lm_head|linear_head|head|dino_head|ibot_head|qa_outputs)\./;

/** Tensors of such heads, which an encoder leaves out. */
export const headsOf = (tensors: Named<unknown>): readonly string[] =>
  Object.keys(tensors).filter((name) => heads.test(name));
