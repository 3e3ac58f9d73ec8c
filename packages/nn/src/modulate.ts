import { type Named, silu, split, type Tensor } from "@gmem/tensor";
import { linear } from "./linear.ts";

/** y(1 + scale) + shift: adaptive layer norm of DiT. y [N,T,D], shift and scale [N,1,D]. */
export const modulate = (y: Tensor, shift: Tensor, scale: Tensor): Tensor => y.mul(scale.add(1)).add(shift);

/** The adaLN vectors of a block: Linear(SiLU e) cut into `count` pieces [N,1,D], by `${at}.1`. e [N,D]. */
export function adaLN(p: Named<Tensor>, at: string, e: Tensor, count: number): readonly Tensor[] {
  const all = linear(p, `${at}.1`, silu(e)); // [N,count·D]
  return split(all.reshape([all.shape[0] as number, 1, all.shape[1] as number]), count, -1);
}
