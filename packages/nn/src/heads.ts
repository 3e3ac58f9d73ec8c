import type { Tensor } from "@gmem/tensor";

/** [N,T,heads·hd] → [N,heads,T,hd]. */
export function splitHeads(x: Tensor, heads: number): Tensor {
  const [n, t, d] = x.shape as [number, number, number];
  return x.reshape([n, t, heads, d / heads]).transpose([0, 2, 1, 3]); // [N,h,T,hd]
}

/** [N,heads,T,hd] → [N,T,heads·hd]. */
export function joinHeads(x: Tensor): Tensor {
  const [n, heads, t, hd] = x.shape as [number, number, number, number];
  return x.transpose([0, 2, 1, 3]).reshape([n, t, heads * hd]); // [N,T,h·hd]
}
