import { sizeOf } from "@gmem/tensor";
import type { Learner } from "@gmem/trainer";

/** How many numbers a network has, in all or in the parameters chosen. */
export const parameterCount = (
  model: Pick<Learner, "avals">,
  isChosen: (name: string) => boolean = () => true,
): number =>
  Object.entries(model.avals()).reduce((sum, [name, { shape }]) => sum + (isChosen(name) ? sizeOf(shape) : 0), 0);
