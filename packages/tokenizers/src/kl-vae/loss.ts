import { abs, mean, type Named, ShapeError, sameShape, square, type Tensor } from "@gmem/tensor";
import { unsigned } from "../network/signed-range.ts";
import type { KlVaeConfig } from "./config.ts";
import { klVaeDecoder } from "./decoder.ts";
import { klVaeMoments } from "./encoder.ts";
import { klDivergence, posterior, samplePosterior } from "./posterior.ts";

export interface KlVaeLossOptions {
  /** A value's error: |x − x̂|, or its square. */
  readonly error: "l1" | "l2";
  /** β: 1 is the evidence lower bound of a unit Laplace or Gaussian; autoencoders for latent diffusion take far less. */
  readonly kl: number;
  /** A distance of images [N,3,H,W] around [0, 1] and their reconstructions, [N], such as LPIPS, and its weight. */
  readonly perceptual?: { readonly distance: (x: Tensor, y: Tensor) => Tensor; readonly weight: number };
}

/**
 * What a KL-VAE is trained by (Rombach et al. 2022, without the discriminator): for x [N,3,H,W] ∈ [−1,1], z = μ + σξ and its
 * reconstruction x̂, the mean of |x − x̂| or (x − x̂)² over all values, plus β·KL(q(z|x) ‖ N(0, I))/(3HW), the same share of a
 * value, plus λ times a perceptual distance.
 * @param feeds x, and noise ξ ~ N(0, I) of the latents' shape [N,C,H/f,W/f].
 * @returns the mean over the batch [], and its terms: `reconstruction`, `kl` in nats a latent value, `perceptual`.
 * @throws {ShapeError} for noise of another shape.
 * @example
 * const feeds = { x: f32(2, 3, 16, 16), noise: f32(2, 4, 4, 4) };
 * const graph = trace({ feeds, state: klVaeParameters(klVaeSmall) }, ({ feeds, state }) => ({
 *   fetches: { loss: klVaeLoss(klVaeSmall, state, feeds, { error: "l1", kl: 1e-6 }).loss }, // []
 * }));
 */
export function klVaeLoss(
  config: KlVaeConfig,
  p: Named<Tensor>,
  feeds: { readonly x: Tensor; readonly noise: Tensor },
  options: KlVaeLossOptions,
): { readonly loss: Tensor; readonly parts: Named<Tensor> } {
  const { x, noise } = feeds;
  const { error, kl: beta, perceptual } = options;
  const q = posterior(klVaeMoments(config, p, x)); // 2 × [N,C,h,w]
  if (!sameShape(noise.shape, q.mean.shape))
    throw new ShapeError("klVaeLoss", "noise must have the latents' shape", [noise.shape, q.mean.shape]);
  const y = klVaeDecoder(config, p, samplePosterior(q, noise)); // [N,3,H,W]
  const difference = x.sub(y);
  const reconstruction = mean(error === "l1" ? abs(difference) : square(difference)); // []
  const kl = mean(klDivergence(q)); // []  nats an image
  const values = (of: Tensor): number => of.shape.slice(1).reduce((size, length) => size * length, 1);
  const own = reconstruction.add(kl.mul(beta / values(x))); // []
  const parts = { reconstruction, kl: kl.mul(1 / values(noise)) };
  if (!perceptual) return { loss: own, parts };
  const seen = mean(perceptual.distance(unsigned(x), unsigned(y))); // []
  return { loss: own.add(seen.mul(perceptual.weight)), parts: { ...parts, perceptual: seen } };
}
