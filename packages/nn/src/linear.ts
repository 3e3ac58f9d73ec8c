import type { Named, Tensor } from "@gmem/tensor";
import { param } from "./param.ts";

/**
 * y = x Wᵀ + b over the last axis, with `${at}.weight` [out,in] and, if it is there, `${at}.bias` [out].
 * @throws {GMemError} code `WEIGHTS` if the weight is missing.
 * @example
 * trace({ feeds: { x: f32(2, 3) }, state: { "fc.weight": f32(5, 3) } }, ({ feeds, state }) => ({
 *   fetches: { y: linear(state, "fc", feeds.x) }, // [2,5]
 * }));
 */
export function linear(p: Named<Tensor>, at: string, x: Tensor): Tensor {
  const y = x.matmul(param(p, `${at}.weight`), { transposeB: true });
  const bias = p[`${at}.bias`];
  return bias ? y.add(bias) : y;
}
