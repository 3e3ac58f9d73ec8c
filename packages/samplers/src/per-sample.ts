import type { Tensor } from "@gmem/tensor";

/** t [N] → [N,1,…] so that it broadcasts over a tensor of `rank` axes. */
export const perSample = (t: Tensor, rank: number): Tensor =>
  t.reshape([...t.shape, ...Array<number>(rank - t.rank).fill(1)]);
