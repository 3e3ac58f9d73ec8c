import { latentsOf } from "@gmem/model";
import { f32, GMemError, stack, type Tensor } from "@gmem/tensor";
import {
  downsampling,
  type KlVaeConfig,
  type KlVaeLossOptions,
  klVaeInit,
  klVaeLoss,
  klVaeParameters,
} from "@gmem/tokenizers/kl-vae";
import type { Json, Learner } from "@gmem/trainer";
import { latentOf } from "../parts/tokenizer/published.ts";
import type { WorkOptions } from "../progress.ts";
import type { TokenizerConfig } from "./config.ts";
import { perceptualDistance } from "./perceptual-distance.ts";

/** The smallest pictures whose likeness SSIM measures. */
const smallest = 11;

/** The network that a configuration asks for. */
export const networkOf = ({ network }: Pick<TokenizerConfig, "network">): KlVaeConfig => ({
  ...network,
  zChannels: network.latentChannels,
  attentionLevels: [],
});

/**
 * A KL-VAE as a learner of pictures [N,3,S,S] ∈ [−1,1], which are what a batch calls latents.
 * @throws {GMemError} code `CONFIG` for a size that the network cannot take, or a perceptual loss without weights.
 */
export async function openTokenizerLearner(config: TokenizerConfig, options: WorkOptions): Promise<Learner> {
  const { size } = config.image;
  const network = networkOf(config);
  const { latentChannels: channels } = network;
  const latent = latentOf("the tokenizer", { channels, factor: downsampling(network), imageSize: size });
  if (size < smallest)
    throw new GMemError("CONFIG", `image.size: a tokenizer needs ${smallest} pixels or more, got ${size}`);
  const { perceptual, ...rest } = config.loss;
  const loss: KlVaeLossOptions = perceptual
    ? { ...rest, perceptual: { distance: await perceptualDistance(perceptual, options), weight: perceptual.weight } }
    : rest;
  return {
    latent: [3, size, size],
    identity: { network: JSON.parse(JSON.stringify(network)) as Json },
    init: (rng) => klVaeInit(network, rng),
    avals: () => klVaeParameters(network),
    frozen: [],
    feeds: (n) => ({ x: f32(n, 3, size, size), noise: f32(n, ...latent) }),
    async draw(batch, rng) {
      const x = latentsOf(batch, "tokenizer");
      const rows = Array.from({ length: x.shape[0] as number }, (_, i) => rng.split("noise").split(i).normal(latent));
      return { x, noise: stack(rows) };
    },
    loss: (p, { x, noise }) => klVaeLoss(network, p, { x: x as Tensor, noise: noise as Tensor }, loss),
  };
}
