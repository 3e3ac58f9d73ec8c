import type { Named, NDArray } from "@gmem/tensor";
import { matchWeights } from "../network/match-weights.ts";
import type { KlVaeConfig } from "./config.ts";
import { klVaeOriginalName } from "./original-names.ts";
import { klVaeParameters } from "./parameters.ts";

/**
 * The parameters of a KL-VAE out of a checkpoint's tensors, under their original names: a file of the autoencoder alone,
 * of a whole latent diffusion model (`first_stage_model.`, `vae.`), of the VA-VAE training code, or of diffusers.
 * @throws {TensorsError} code `WEIGHTS` with every missing, unexpected and mis-shaped tensor.
 */
export const klVaeWeights = (config: KlVaeConfig, weights: Named<NDArray>): Named<NDArray> =>
  matchWeights(weights, {
    where: "klVaeWeights",
    parameters: klVaeParameters(config),
    prefixes: [/^first_stage_model\./, /^vae\./, /^module\./],
    ignored: /^(loss\.|foundation_model\.|linear_proj|model_ema\.)/,
    place: (name) => ({ name: klVaeOriginalName(name, config.multipliers.length) }),
  });
