import { GMemError } from "@gmem/tensor";
import type { Learner } from "./learner.ts";

/**
 * A learner of which only the parameters move whose names begin so: all others are frozen.
 * @throws {GMemError} code `CONFIG` for a beginning that no parameter has: less would be trained than was meant.
 */
export function frozenBut(learner: Learner, only: readonly string[]): Learner {
  const frozen = new Set(learner.frozen);
  const movable = Object.keys(learner.avals()).filter((name) => !frozen.has(name));
  const stray = only.find((beginning) => !movable.some((name) => name.startsWith(beginning)));
  if (only.length === 0 || stray !== undefined)
    throw new GMemError(
      "CONFIG",
      `train: only must hold beginnings of names of parameters, such as "${movable[0]}", got ${stray ?? "none"}`,
    );
  const others = movable.filter((name) => !only.some((beginning) => name.startsWith(beginning)));
  return { ...learner, frozen: [...learner.frozen, ...others], identity: { ...learner.identity, only } };
}
