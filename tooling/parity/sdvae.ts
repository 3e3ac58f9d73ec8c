import type { NDArray } from "@gmem/tensor";
import type { ParityCase } from "./case.ts";
import { klVaeOutputs } from "./kl-vae.ts";

/** Stable Diffusion's autoencoder of CompVis. */
export const sdvae: ParityCase = {
  component: "sdvae",
  async run(file) {
    const { encoder, moments, mean, logvar, kl, decode } = klVaeOutputs(file) as Record<string, NDArray>;
    return Object.fromEntries(
      Object.entries({ moments, mean, logvar, kl, decode, enc_mid: encoder }).map(([name, value]) => [
        `out/${name}`,
        value as NDArray,
      ]),
    );
  },
  tolerance: () => ({ atol: 5e-5 }),
};
