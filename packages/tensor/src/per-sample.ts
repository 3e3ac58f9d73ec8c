import type { Tensor } from "./graph.ts";
import { mean } from "./ops.ts";

/** t [N] → [N,1,…] so that it broadcasts over a tensor of `rank` axes; anything else is returned as it is. */
export const perSample = (t: Tensor, rank: number): Tensor =>
  t.rank === 1 && rank > 1 ? t.reshape([...t.shape, ...Array<number>(rank - 1).fill(1)]) : t;

/** Mean over all but the first axis: [N,…] → [N]. */
export const meanPerSample = (x: Tensor): Tensor => mean(x, { axes: x.shape.map((_, axis) => axis).slice(1) });
