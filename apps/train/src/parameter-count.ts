import { sizeOf } from "@gmem/tensor";
import type { Learner } from "@gmem/trainer";

/** How many numbers a network has. */
export const parameterCount = (model: Pick<Learner, "avals">): number =>
  Object.values(model.avals()).reduce((sum, { shape }) => sum + sizeOf(shape), 0);
