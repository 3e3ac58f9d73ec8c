import { array, full, mapNamed, type Named, type NDArray, type Rng, sizeOf, zeros } from "@gmem/tensor";
import type { KlVaeConfig } from "./config.ts";
import { klVaeParameters } from "./parameters.ts";

/** ln σ² of a posterior before the first step. */
const logvar = -6;

/**
 * Parameters to train from, as PyTorch draws those of the original code: convolutions U(−b, b), b = 1/√(inputs of a pixel);
 * normalisations 1 and 0. But posteriors begin narrow, σ ≈ e⁻³: from σ = 1 as there, latents are mostly noise for the first
 * thousands of steps, and a short training is over by then.
 * @example
 * const parameters = klVaeInit(klVaeSmall, key(0));
 */
export function klVaeInit(config: KlVaeConfig, rng: Rng): Named<NDArray<"f32">> {
  const avals = klVaeParameters(config);
  const bound = (weight: string): number => 1 / Math.sqrt(sizeOf((avals[weight]?.shape ?? []).slice(1)));
  return mapNamed(avals, ({ shape }, name) => {
    const weight = name.replace(/bias$/, "weight");
    if (avals[weight]?.shape.length === 1) return name === weight ? full(shape, 1) : zeros(shape); // of a normalisation
    const b = bound(weight);
    const drawn = rng
      .split(name)
      .uniform(shape)
      .data.map((u) => (2 * u - 1) * b);
    if (name === "quant_conv.bias") drawn.fill(logvar, config.latentChannels);
    return array(drawn, shape);
  });
}
