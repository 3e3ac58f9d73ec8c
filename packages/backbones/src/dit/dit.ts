import type { Backbone, Params } from "@gmem/spec";
import { avalsOf, checkOptions, type Tensor } from "@gmem/tensor";
import { stem, throughBlocks, toImage } from "../around-blocks.ts";
import { checkConfig, type SitConfig, sitOptions } from "../sit/config.ts";
import { sitParameters } from "../sit/parameters.ts";
import { sitBlock, sitFinalLayer } from "../sit/sit.ts";
import { drawn } from "../start.ts";

/** A SiT's config whose second half of channels, the variance, is there by default and used. */
export interface DitConfig extends SitConfig {
  /** 2C output channels, noise and variance. Default true. */
  readonly learnSigma?: boolean;
  /** K of the diffusion it is trained on: t = 1 is step K − 1. Default 1000. */
  readonly steps?: number;
}

/** What a DiT predicts. */
export interface DitOutput {
  /** ε̂ [N,C,H,W]. */
  readonly output: Tensor;
  /** Where the log-variance lies between its bounds, −1…1 [N,C,H,W]; with `learnSigma` only. */
  readonly variance?: Tensor;
  /** [N,T,D]; with `tapAfter` only. */
  readonly tap?: Tensor;
}

/** A backbone that also takes the integer steps that it was trained on. */
export interface DitBackbone extends Backbone {
  /** x [N,C,H,W], t [N] (0 = data, 1 = noise; step t(K−1)), c [N,D]. */
  apply(p: Params, x: Tensor, t: Tensor, c: Tensor): DitOutput;
  /** The same at steps k [N], 0…K−1 as float32: the denoiser of a DDPM process. */
  atStep(p: Params, x: Tensor, k: Tensor, c: Tensor): DitOutput;
}

/**
 * DiT, arXiv 2212.09748 §3.2: predicts the noise of a DDPM process and, by `learnSigma`, its variance. The network and the
 * names of its parameters are SiT's.
 * @throws {ShapeError} if the patch does not divide the latent, or the heads the width.
 * @throws {GMemError} code `CONFIG` if `tapAfter` is no block.
 * @example
 * const backbone = dit({ ...ditS, depth: 2, latent: [4, 32, 32], patchSize: 2 });
 * backbone.init(key(0))["final_layer.linear.weight"]; // [32,384]: 2² pixels × 2 × 4 channels
 */
export function dit(config: DitConfig): DitBackbone {
  checkOptions("dit", config, { ...sitOptions, steps: "optional" });
  const { steps = 1000, ...rest } = config;
  const network: SitConfig = { learnSigma: true, ...rest };
  checkConfig(network);
  const atStep: DitBackbone["atStep"] = (p, x, k, c) => {
    const { tokens, e } = stem(p, { x, t: k, c }, network); // [N,T,D], [N,D]
    const block = (y: Tensor, at: string): Tensor => sitBlock(p, at, { h: y, e, config: network });
    const { h, ...tap } = throughBlocks(tokens, network, block); // [N,T,D]
    const y = sitFinalLayer(p, "final_layer", h, e); // [N,T,p²·C_out]
    const { output, further } = toImage(y, network); // 2 × [N,C,H,W]
    return { output, ...tap, ...(further && { variance: further }) };
  };
  return {
    name: "dit",
    latent: network.latent,
    hiddenSize: network.hiddenSize,
    config: { ...network, steps },
    frozen: ["pos_embed"],
    init: (rng) => drawn(sitParameters(network), rng),
    avals: () => avalsOf(sitParameters(network)),
    atStep,
    apply: (p, x, t, c) => atStep(p, x, t.mul(steps - 1), c),
  };
}
