import type { KlVaeConfig } from "../kl-vae/config.ts";
import { type KlVaeOptions, type KlVaeTokenizer, klVaeTokenizer } from "../kl-vae/kl-vae.ts";

/** VA-VAE f16d32 of LightningDiT; 69.84 M parameters. Attention where an image of 256 pixels has 16. */
export const vaVaeF16D32: KlVaeConfig = {
  channels: 128,
  multipliers: [1, 1, 2, 2, 4],
  residualBlocks: 2,
  attentionLevels: [4],
  zChannels: 32,
  latentChannels: 32,
};

/**
 * Images [N,3,H,W] ∈ [0,1] ↔ latents [N,32,H/16,W/16] of the vision-foundation-aligned autoencoder (Yao et al. 2025, the
 * tokenizer of GMem's own models in Table 1), normalised by the channel statistics of the training set; without
 * `statistics` latents stay as they are.
 * @throws {GMemError} code `WEIGHTS` that lists every missing, unexpected and mis-shaped tensor.
 * @example
 * // no-run
 * import { readSafetensors } from "@gmem/weights";
 * const { tensors } = await readSafetensors("vavae-imagenet256-f16d32-dinov2.safetensors");
 * const { mean, std } = (await readSafetensors("latents_stats.safetensors")).tensors;
 * const statistics = { mean: mean.data, std: std.data }; // [1,32,1,1] each
 * const tokenizer = vaVae(vaVaeF16D32, { engine: await onnxEngine(), weights: tensors, statistics });
 */
export const vaVae = (config: KlVaeConfig | undefined, options: KlVaeOptions): KlVaeTokenizer =>
  klVaeTokenizer("va-vae", config ?? vaVaeF16D32, { statistics: { mean: [0], std: [1] }, ...options });
