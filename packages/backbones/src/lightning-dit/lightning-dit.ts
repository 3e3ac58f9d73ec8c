import { adaLN, linear, modulate } from "@gmem/nn";
import type { Backbone, Params } from "@gmem/spec";
import { avalsOf, type Tensor } from "@gmem/tensor";
import { stem, throughBlocks, toImage } from "../around-blocks.ts";
import { drawn } from "../start.ts";
import { type Layer, lightningDitBlock, norm } from "./block.ts";
import { checkConfig, type LightningDitConfig } from "./config.ts";
import { lightningDitParameters } from "./parameters.ts";
import { tables } from "./tables.ts";

/**
 * LightningDiT, arXiv 2501.01423 §4: DiT with RoPE, RMSNorm and SwiGLU. Parameters carry the names of the official
 * checkpoints, whose time is 1 at data: `dataAtOne` of @gmem/model turns it.
 * @throws {ShapeError} if the patch does not divide the latent, or the heads the width.
 * @throws {GMemError} code `CONFIG` if `mlpRatio` leaves the MLP without units, or `tapAfter` is no block.
 * @example
 * const backbone = lightningDit({ ...lightningDitS, depth: 2, latent: [32, 16, 16], patchSize: 1 });
 * backbone.init(key(0))["blocks.0.mlp.w12.weight"]; // [2048,384]
 */
export function lightningDit(config: LightningDitConfig): Required<Backbone> {
  checkConfig(config);
  const { latent, hiddenSize } = config;
  return {
    name: "lightning-dit",
    latent,
    hiddenSize,
    config: { ...config },
    frozen: Object.keys(tables(config)),
    init: (rng) => drawn(lightningDitParameters(config), rng),
    avals: () => avalsOf(lightningDitParameters(config)),
    apply(p, x, t, c) {
      const { tokens, e } = stem(p, { x, t, c }, config); // [N,T,D], [N,D]
      const block = (y: Tensor, at: string): Tensor => lightningDitBlock(p, at, { h: y, e, config });
      const { h, ...tap } = throughBlocks(tokens, config, block); // [N,T,D]
      const y = finalLayer(p, "final_layer", { h, e, config }); // [N,T,p²·C_out]
      const { output } = toImage(y, config); // [N,C,H,W]
      return { output, ...tap };
    },
  };
}

/** Linear(N h ⊙ (1+γ) + β): [N,T,D] → [N,T,p²·C_out]. */
function finalLayer(p: Params, at: string, { h, e, config }: Layer): Tensor {
  const [shift, scale] = adaLN(p, `${at}.adaLN_modulation`, e, 2) as readonly [Tensor, Tensor]; // 2 × [N,1,D]
  return linear(p, `${at}.linear`, modulate(norm(p, `${at}.norm_final`, h, config), shift, scale));
}
