import { array, concat, constant, cos, type Named, pad, silu, sin, type Tensor } from "@gmem/tensor";
import { linear } from "./linear.ts";

/** [cos(t ω), sin(t ω)], ω_k = 10000^(−k/half): t [N] → [N,size]; an odd size ends in a zero. */
export function timestepFrequencies(t: Tensor, size = 256): Tensor {
  const half = Math.floor(size / 2);
  const n = t.shape[0] as number;
  const omega = Float32Array.from({ length: half }, (_, k) => Math.exp(Math.fround((-Math.log(10000) * k) / half)));
  const angle = t.reshape([n, 1]).mul(constant(array(omega, [1, half]))); // [N,half]
  const waves = concat([cos(angle), sin(angle)], -1);
  return pad(waves, [
    [0, 0],
    [0, size % 2],
  ]);
}

/** e_t = L2(SiLU(L1 γ(t))): t [N] → [N,D], by `${at}.mlp.0` and `${at}.mlp.2`. */
export const timestepEmbedding = (p: Named<Tensor>, at: string, t: Tensor, size = 256): Tensor =>
  linear(p, `${at}.mlp.2`, silu(linear(p, `${at}.mlp.0`, timestepFrequencies(t, size))));
