import type { Named, NDArray } from "@gmem/tensor";
import { mapNames, matchWeights } from "@gmem/weights";
import { underPrefix } from "../network/under-prefix.ts";
import type { KlVaeConfig } from "./config.ts";
import { klVaeOriginalName } from "./original-names.ts";
import { klVaeParameters } from "./parameters.ts";

/**
 * The parameters of a KL-VAE out of a checkpoint's tensors, under their original names: a file of the autoencoder alone,
 * of a whole latent diffusion model (`first_stage_model.`, `vae.`), of the VA-VAE training code, or of diffusers.
 * @throws {TensorsError} code `WEIGHTS` with every missing, unexpected and mis-shaped tensor.
 */
export function klVaeWeights(config: KlVaeConfig, weights: Named<NDArray>): Named<NDArray<"f32">> {
  const own = underPrefix(weights, [/^first_stage_model\./, /^vae\./, /^module\./]);
  return matchWeights(
    mapNames(own, (name) => klVaeOriginalName(name, config.multipliers.length)),
    {
      where: "klVaeWeights",
      parameters: klVaeParameters(config),
      ignored: /^(loss\.|foundation_model\.|linear_proj|model_ema\.)/,
    },
  );
}
