import { layerNorm, linear, modulate, param, patchEmbed, rmsNorm, timestepFrequencies, unpatchify } from "@gmem/nn";
import type { ContextBackbone, ContextTokens, Params } from "@gmem/spec";
import { avalsOf, gelu, recomputed, silu, split, type Tensor } from "@gmem/tensor";
import { drawn } from "../start.ts";
import { crossAttention, linearAttention } from "./attention.ts";
import { checkConfig, type SanaConfig } from "./config.ts";
import { gatedConvolution } from "./gated-convolution.ts";
import { sanaParameters } from "./parameters.ts";

/**
 * Sana, arXiv 2410.10629 §2.2: linear attention, cross-attention to the tokens of a text, and a gated convolution where others
 * have an MLP, so that no position table is needed. Parameters carry the names of diffusers' `SanaTransformer2DModel`;
 * `fromOriginalNames` reads those of the original code too. The condition c is added to the time embedding; a Sana as published
 * has c = 0 and its texts in the context alone.
 * @throws {ShapeError} if the patch does not divide the latent, or the heads the width.
 * @throws {GMemError} code `CONFIG` for an `mlpRatio` without channels, or a `tapAfter` that is no block.
 * @example
 * const backbone = sana({ ...sana06B, depth: 2, latent: [32, 16, 16], patchSize: 1 });
 * backbone.init(key(0))["transformer_blocks.0.attn2.to_k.weight"]; // [1152,1152]
 */
export function sana(config: SanaConfig): Required<ContextBackbone> {
  checkConfig(config);
  const { latent, patchSize, hiddenSize, contextDim, depth, recompute, tapAfter } = config;
  const [rows, columns] = [latent[1] / patchSize, latent[2] / patchSize];
  return {
    name: "sana",
    latent,
    hiddenSize,
    contextDim,
    config: { ...config },
    frozen: [],
    init: (rng) => drawn(sanaParameters(config), rng),
    avals: () => avalsOf(sanaParameters(config)),
    apply(p, x, t, c, { tokens, mask }) {
      const e = timeEmbedding(p, "time_embed.emb.timestep_embedder", t).add(c); // [N,D]
      const shared = linear(p, "time_embed.linear", silu(e)); // [N,6D], the same for all blocks
      const context = { tokens: captions(p, tokens), mask }; // [N,L,D], [N,L]
      let h = patchEmbed(p, "patch_embed", x, patchSize); // [N,T,D], T = HW/p²
      let tap: Tensor | undefined;
      for (let i = 0; i < depth; i++) {
        const run = (y: Tensor): Tensor =>
          sanaBlock(p, `transformer_blocks.${i}`, { h: y, shared, context, config, grid: [rows, columns] });
        h = recompute ? recomputed(run, h) : run(h); // [N,T,D]
        if (i + 1 === tapAfter) tap = h;
      }
      const [shift, scale] = table(p, "scale_shift_table", e, 2) as readonly [Tensor, Tensor]; // 2 × [N,1,D]
      const y = linear(p, "proj_out", modulate(layerNorm(h), shift, scale)); // [N,T,p²·C]
      return { output: unpatchify(y, { patchSize, rows, columns }), ...(tap && { tap }) }; // [N,C,H,W]
    },
  };
}

/** What a block works on. */
export interface SanaLayer {
  /** [N,T,D]. */
  readonly h: Tensor;
  /** What all blocks make of e_t + c [N,6D], AdaLN-single. */
  readonly shared: Tensor;
  /** Tokens as wide as h, normed. */
  readonly context: ContextTokens;
  readonly config: Pick<SanaConfig, "heads" | "crossHeads">;
  /** Rows and columns of the T tokens. */
  readonly grid: readonly [rows: number, columns: number];
}

/** h + g₁·LinearAttn(LN h ⊙ (1+γ₁) + β₁), + CrossAttn(h, y), + g₂·Conv(LN h ⊙ (1+γ₂) + β₂); (β,γ,g)₁,₂ = shared + table. */
export function sanaBlock(p: Params, at: string, { h, shared, context, config, grid }: SanaLayer): Tensor {
  const { heads, crossHeads } = config;
  const [shift1, scale1, gate1, shift2, scale2, gate2] = table(p, `${at}.scale_shift_table`, shared, 6) as Six; // 6 × [N,1,D]
  const y = h.add(gate1.mul(linearAttention(p, `${at}.attn1`, modulate(layerNorm(h), shift1, scale1), { heads }))); // [N,T,D]
  const z = y.add(crossAttention(p, `${at}.attn2`, y, { ...context, heads: crossHeads })); // [N,T,D], neither norm nor gate
  return z.add(gate2.mul(gatedConvolution(p, `${at}.ff`, modulate(layerNorm(z), shift2, scale2), grid))); // [N,T,D]
}

type Six = readonly [Tensor, Tensor, Tensor, Tensor, Tensor, Tensor];

/** A learned table [count,D] plus what the time says, [N,D] for all its rows or [N,count·D]: count × [N,1,D]. */
function table(p: Params, name: string, said: Tensor, count: number): readonly Tensor[] {
  const rows = param(p, name); // [count,D]
  const [n, width] = [said.shape[0] as number, rows.shape[1] as number];
  const both = rows.add(said.reshape([n, -1, width])); // [N,count,D]
  return split(both, count, 1);
}

/** e_t = L2(SiLU(L1 γ(1000 t))): t [N] → [N,D]. */
const timeEmbedding = (p: Params, at: string, t: Tensor): Tensor =>
  linear(p, `${at}.linear_2`, silu(linear(p, `${at}.linear_1`, timestepFrequencies(t.mul(1000)))));

/** RMSNorm(L2(GELU(L1 y))): tokens [N,L,Dy] → [N,L,D]. */
const captions = (p: Params, y: Tensor): Tensor =>
  rmsNorm(
    p,
    "caption_norm",
    linear(p, "caption_projection.linear_2", gelu(linear(p, "caption_projection.linear_1", y))),
    1e-5,
  );
