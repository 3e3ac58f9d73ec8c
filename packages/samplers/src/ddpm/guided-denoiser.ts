import { concat, slice, split, type Tensor } from "@gmem/tensor";
import type { CfgOptions } from "../guidance.ts";
import type { Denoiser, DenoiserOutput } from "./posterior.ts";

/**
 * Guidance of a denoiser, [cond, null] as one batch of 2N on the same x: ε̂ = ε̂_null + w(ε̂_cond − ε̂_null) on all or the
 * first channels (DiT: 3); the variance and the other channels are those of the condition.
 */
export function guidedDenoiser(
  denoise: (x: Tensor, step: Tensor, c: Tensor) => DenoiserOutput,
  options: { readonly given: Tensor; readonly missing: Tensor } & Pick<CfgOptions, "scale" | "channels">,
): Denoiser {
  const { given, missing, scale } = options; // 2 × [N,D]
  return (x, step) => {
    const [n = 1] = x.shape;
    const both = denoise(concat([x, x], 0), concat([step, step], 0), concat([given, missing], 0));
    const [cond, none] = split(both.output, 2, 0) as readonly [Tensor, Tensor]; // 2 × [N,C,H,W]
    const depth = cond.shape[1] as number;
    const channels = Math.min(options.channels ?? depth, depth);
    const guided = none.add(cond.sub(none).mul(scale));
    const output =
      channels === depth ? guided : concat([slice(guided, 1, [0, channels]), slice(cond, 1, [channels, depth])], 1);
    return both.variance ? { output, variance: slice(both.variance, 0, [0, n]) } : { output };
  };
}
