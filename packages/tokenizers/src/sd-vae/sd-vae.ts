import type { KlVaeConfig } from "../kl-vae/config.ts";
import { type KlVaeOptions, type KlVaeTokenizer, klVaeTokenizer } from "../kl-vae/kl-vae.ts";

/** Stable Diffusion's autoencoder, f8d4: `kl-f8`, `sd-vae-ft-ema`, `sd-vae-ft-mse`; 83.65 M parameters. */
export const sdVaeF8D4: KlVaeConfig = {
  channels: 128,
  multipliers: [1, 2, 4, 4],
  residualBlocks: 2,
  attentionLevels: [],
  zChannels: 4,
  latentChannels: 4,
};

/** What SiT and DiT multiply its latents by. */
export const sdVaeScale = 0.18215;

/**
 * Images [N,3,H,W] ∈ [0,1] ↔ latents [N,4,H/8,W/8] × 0.18215 of Stable Diffusion's autoencoder (Rombach et al. 2022, the
 * tokenizer of SiT and REPA in Table 1). Weights under CompVis or diffusers names.
 * @throws {GMemError} code `WEIGHTS` that lists every missing, unexpected and mis-shaped tensor.
 * @example
 * // no-run
 * import { readSafetensors } from "@gmem/weights";
 * const { tensors } = await readSafetensors("diffusion_pytorch_model.safetensors");
 * const tokenizer = sdVae(sdVaeF8D4, { engine: await onnxEngine(), weights: tensors });
 * const latents = await tokenizer.encode(images); // [N,4,32,32] of images [N,3,256,256]
 */
export const sdVae = (config: KlVaeConfig | undefined, options: KlVaeOptions): KlVaeTokenizer =>
  klVaeTokenizer("sd-vae", config ?? sdVaeF8D4, { statistics: { mean: [0], std: [1 / sdVaeScale] }, ...options });
