import { gelu, type Named, silu, slice, type Tensor } from "@gmem/tensor";
import { linear } from "./linear.ts";

/** fc2(GELU(fc1 x)), tanh GELU: `${at}.fc1` [hD,D], `${at}.fc2` [D,hD]. */
export const mlp = (p: Named<Tensor>, at: string, x: Tensor): Tensor =>
  linear(p, `${at}.fc2`, gelu(linear(p, `${at}.fc1`, x)));

/** w3(SiLU(a) ⊙ b), (a, b) = halves of w12 x: `${at}.w12` [2h,D], `${at}.w3` [D,h] (Shazeer 2020). */
export function swiglu(p: Named<Tensor>, at: string, x: Tensor): Tensor {
  const both = linear(p, `${at}.w12`, x); // [N,T,2h]
  const h = (both.shape.at(-1) as number) / 2;
  const gate = silu(slice(both, -1, [0, h]));
  return linear(p, `${at}.w3`, gate.mul(slice(both, -1, [h, 2 * h]))); // [N,T,D]
}
