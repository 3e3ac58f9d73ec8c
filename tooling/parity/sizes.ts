import type { LatentShape } from "@gmem/spec";
import type { ParityFile } from "./case.ts";

/** The sizes that every file of a diffusion transformer gives. */
export interface Sizes {
  readonly latent: LatentShape;
  readonly patchSize: number;
  readonly depth: number;
  readonly hiddenSize: number;
  readonly heads: number;
  readonly mlpRatio: number;
}

/** The official settings as ours; latents are those of `in/x`. */
export const sizes = (file: ParityFile): Sizes => ({
  latent: (file.shapes["in/x"] ?? []).slice(1) as unknown as LatentShape,
  patchSize: file.number("patch_size"),
  depth: file.number("depth"),
  hiddenSize: file.number("hidden_size"),
  heads: file.number("num_heads"),
  mlpRatio: file.number("mlp_ratio", 4),
});
