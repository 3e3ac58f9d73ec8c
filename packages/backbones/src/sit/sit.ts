import {
  adaLN,
  attention,
  layerNorm,
  linear,
  mlp,
  modulate,
  param,
  patchEmbed,
  timestepEmbedding,
  unpatchify,
} from "@gmem/nn";
import type { Backbone, Params } from "@gmem/spec";
import { recomputed, slice, type Tensor } from "@gmem/tensor";
import { avalsOf, drawn } from "../start.ts";
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
export function sit(config: SitConfig): Backbone {
  checkConfig(config);
  const { latent, patchSize, depth, hiddenSize, learnSigma, recompute, tapAfter } = config;
  const [channels, height, width] = latent;
  return {
    name: "sit",
    latent,
    hiddenSize,
    config: { ...config },
    frozen: ["pos_embed"],
    init: (rng) => drawn(sitParameters(config), rng),
    avals: () => avalsOf(sitParameters(config)),
    apply(p, x, t, c) {
      let h = patchEmbed(p, "x_embedder", x, patchSize).add(param(p, "pos_embed")); // [N,T,D]  T = HW/p²
      const e = timestepEmbedding(p, "t_embedder", t).add(c); // [N,D]    e_t + c, §4.1
      let tap: Tensor | undefined;
      for (let i = 0; i < depth; i++) {
        const run = (y: Tensor): Tensor => sitBlock(p, `blocks.${i}`, { h: y, e, config });
        h = recompute ? recomputed(run, h) : run(h); // [N,T,D]
        if (i + 1 === tapAfter) tap = h;
      }
      const y = finalLayer(p, "final_layer", h, e); // [N,T,p²·C_out]
      const image = unpatchify(y, { patchSize, rows: height / patchSize, columns: width / patchSize });
      const output = learnSigma ? slice(image, 1, [0, channels]) : image; // [N,C,H,W]
      return tap ? { output, tap } : { output };
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
function finalLayer(p: Params, at: string, h: Tensor, e: Tensor): Tensor {
  const [shift, scale] = adaLN(p, `${at}.adaLN_modulation`, e, 2) as readonly [Tensor, Tensor];
  return linear(p, `${at}.linear`, modulate(layerNorm(h), shift, scale));
}
