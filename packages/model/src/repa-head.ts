import { linear, linearInit } from "@gmem/nn";
import type { Params } from "@gmem/spec";
import { type NDArray, type Rng, silu, type Tensor } from "@gmem/tensor";

export interface RepaHeadConfig {
  /** D of the backbone. */
  readonly from: number;
  /** Default 2048. */
  readonly hidden?: number;
  /** Width of the encoder's tokens; default 768, DINOv2-B. */
  readonly to?: number;
  /** Name of the parameters: "projector.0" (default, GMem) or "projectors.0" (REPA). */
  readonly at?: string;
}

/** Projects tokens of the backbone to those of an image encoder, in training only. */
export interface RepaHead {
  init(rng: Rng): Params<NDArray>;
  /** tap [N,T,D] → [N,T,to]. */
  apply(p: Params, tap: Tensor): Tensor;
}

/**
 * REPA's projector, three linear layers with SiLU between (Yu et al. 2025, §3; F.6): `${at}.{0,2,4}`. Its output goes to
 * {@link repaLoss}; a checkpoint for sampling can leave it out.
 * @example
 * const head = repaHead({ from: 384 });
 * head.init(key(0))["projector.0.4.weight"]; // [768,2048]
 */
export function repaHead({ from, hidden = 2048, to = 768, at = "projector.0" }: RepaHeadConfig): RepaHead {
  return {
    init: (rng) => ({
      ...linearInit(rng, `${at}.0`, { in: from, out: hidden }),
      ...linearInit(rng, `${at}.2`, { in: hidden, out: hidden }),
      ...linearInit(rng, `${at}.4`, { in: hidden, out: to }),
    }),
    apply(p, tap) {
      const h = silu(linear(p, `${at}.0`, tap)); // [N,T,hidden]
      return linear(p, `${at}.4`, silu(linear(p, `${at}.2`, h))); // [N,T,to]
    },
  };
}
