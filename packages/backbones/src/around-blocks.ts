import { param, patchEmbed, timestepEmbedding, unpatchify } from "@gmem/nn";
import type { Params } from "@gmem/spec";
import { recomputed, slice, type Tensor } from "@gmem/tensor";
import type { TransformerConfig } from "./transformer-config.ts";

/** What goes into the blocks. */
export interface Stem {
  /** Patches of x with their places [N,T,D], T = HW/p². */
  readonly tokens: Tensor;
  /** e_t + c [N,D], §4.1. */
  readonly e: Tensor;
}

/** x [N,C,H,W], t [N] and c [N,D] as tokens [N,T,D] and what conditions them [N,D]. */
export const stem = (
  p: Params,
  { x, t, c }: { readonly x: Tensor; readonly t: Tensor; readonly c: Tensor },
  { patchSize }: TransformerConfig,
): Stem => ({
  tokens: patchEmbed(p, "x_embedder", x, patchSize).add(param(p, "pos_embed")), // [N,T,D]
  e: timestepEmbedding(p, "t_embedder", t).add(c), // [N,D]
});

/** h [N,T,D] after all blocks, and after the first `tapAfter` of them. */
export function throughBlocks(
  tokens: Tensor,
  { depth, recompute, tapAfter }: TransformerConfig,
  block: (h: Tensor, at: string) => Tensor,
): { readonly h: Tensor; readonly tap?: Tensor } {
  let h = tokens;
  let tap: Tensor | undefined;
  for (let i = 0; i < depth; i++) {
    const run = (y: Tensor): Tensor => block(y, `blocks.${i}`);
    h = recompute ? recomputed(run, h) : run(h); // [N,T,D]
    if (i + 1 === tapAfter) tap = h;
  }
  return tap ? { h, tap } : { h };
}

/** Tokens [N,T,p²·C_out] as an image [N,C,H,W] and, where C_out = 2C, what its further C channels hold [N,C,H,W]. */
export function toImage(
  y: Tensor,
  { latent, patchSize, learnSigma }: TransformerConfig,
): { readonly output: Tensor; readonly further?: Tensor } {
  const [channels, height, width] = latent;
  const image = unpatchify(y, { patchSize, rows: height / patchSize, columns: width / patchSize }); // [N,C_out,H,W]
  if (!learnSigma) return { output: image };
  return { output: slice(image, 1, [0, channels]), further: slice(image, 1, [channels, 2 * channels]) };
}
