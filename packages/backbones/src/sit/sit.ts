import { adaLN, attention, layerNorm, linear, mlp, modulate } from "@gmem/nn";
import type { Backbone, Params } from "@gmem/spec";
import { avalsOf, type Tensor } from "@gmem/tensor";
import { stem, throughBlocks, toImage } from "../around-blocks.ts";
import { drawn } from "../start.ts";
import { checkConfig, type SitConfig } from "./config.ts";
import { sitParameters } from "./parameters.ts";

/**
 * SiT, arXiv 2401.08740 §3: DiT blocks trained on an interpolant. Parameters carry the names of the official checkpoints.
 * @throws {ShapeError} if the patch does not divide the latent, or the heads the width.
 * @throws {GMemError} code `CONFIG` if `mlpRatio` leaves the MLP without units, or `tapAfter` is no block.
 * @example
 * const backbone = sit({ ...sitS, latent: [4, 32, 32], patchSize: 2 });
 * backbone.init(key(0))["blocks.0.attn.qkv.weight"]; // [1152,384]
 */
export function sit(config: SitConfig): Required<Backbone> {
  checkConfig(config);
  const { latent, hiddenSize } = config;
  return {
    name: "sit",
    latent,
    hiddenSize,
    config: { ...config },
    frozen: ["pos_embed"],
    init: (rng) => drawn(sitParameters(config), rng),
    avals: () => avalsOf(sitParameters(config)),
    apply(p, x, t, c) {
      const { tokens, e } = stem(p, { x, t, c }, config); // [N,T,D], [N,D]
      const block = (y: Tensor, at: string): Tensor => sitBlock(p, at, { h: y, e, config });
      const { h, ...tap } = throughBlocks(tokens, config, block); // [N,T,D]
      const y = sitFinalLayer(p, "final_layer", h, e); // [N,T,p²·C_out]
      const { output } = toImage(y, config); // [N,C,H,W]
      return { output, ...tap };
    },
  };
}

/** h + g₁·Attn(LN h ⊙ (1+γ₁) + β₁), then the same with the MLP; (β,γ,g)₁,₂ = Linear(SiLU e). h [N,T,D], e [N,D]. */
export function sitBlock(p: Params, at: string, { h, e, config }: { h: Tensor; e: Tensor; config: SitConfig }): Tensor {
  const [shift1, scale1, gate1, shift2, scale2, gate2] = adaLN(p, `${at}.adaLN_modulation`, e, 6) as Six; // 6 × [N,1,D]
  const options = { heads: config.heads, ...(config.qkNorm ? { qkNorm: "layer" as const } : {}) };
  const y = h.add(gate1.mul(attention(p, `${at}.attn`, modulate(layerNorm(h), shift1, scale1), options))); // [N,T,D]
  return y.add(gate2.mul(mlp(p, `${at}.mlp`, modulate(layerNorm(y), shift2, scale2)))); // [N,T,D]
}
type Six = readonly [Tensor, Tensor, Tensor, Tensor, Tensor, Tensor];

/** Linear(LN h ⊙ (1+γ) + β): [N,T,D] → [N,T,p²·C_out]. */
export function sitFinalLayer(p: Params, at: string, h: Tensor, e: Tensor): Tensor {
  const [shift, scale] = adaLN(p, `${at}.adaLN_modulation`, e, 2) as readonly [Tensor, Tensor]; // 2 × [N,1,D]
  return linear(p, `${at}.linear`, modulate(layerNorm(h), shift, scale));
}
