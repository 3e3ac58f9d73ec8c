import type { Params, Tokenizer } from "@gmem/spec";
import {
  array,
  checkOptions,
  concat,
  exp,
  type NDArray,
  type OptionTable,
  ShapeError,
  sameShape,
  type Tensor,
} from "@gmem/tensor";
import {
  type ChannelStatistics,
  checkStatistics,
  denormalise,
  normalise,
  normaliseDeviation,
} from "../network/channel-statistics.ts";
import { imageNetwork, type NetworkOptions } from "../network/image-network.ts";
import { tracedHalves } from "../network/traced-halves.ts";
import { downsampling, type KlVaeConfig } from "./config.ts";
import { klVaeDecoder } from "./decoder.ts";
import { klVaeMoments } from "./encoder.ts";
import { posterior } from "./posterior.ts";
import { klVaeWeights } from "./weights.ts";

export interface KlVaeOptions extends NetworkOptions {
  /** What latents are normalised by. */
  readonly statistics?: ChannelStatistics;
}

const table: OptionTable<KlVaeOptions> = {
  engine: "required",
  weights: "required",
  batchSize: "optional",
  tileSize: "optional",
  statistics: "optional",
};

/** What an encoder says about latents [N,C,h,w], normalised: a sample is mean + std·ξ with ξ ~ N(0, I). */
export interface LatentPosterior {
  readonly mean: NDArray<"f32">;
  readonly std: NDArray<"f32">;
}

/** A tokenizer whose encoder gives a distribution; `encode` takes its mean. */
export interface KlVaeTokenizer extends Required<Tokenizer> {
  /** Mean and deviation for images [N,3,H,W], each [N,C,H/f,W/f] and normalised as `encode` does: what training stores. */
  posterior(images: NDArray<"f32">): Promise<LatentPosterior>;
  /** mean + std·noise, noise [N,C,H/f,W/f]. @throws {ShapeError} for noise of another shape. */
  sample(images: NDArray<"f32">, noise: NDArray<"f32">): Promise<NDArray<"f32">>;
  /** Frees the device's copy of the weights. */
  dispose(): Promise<void>;
}

/**
 * A tokenizer of the family that SD-VAE and VA-VAE belong to, for any configuration: images [N,3,H,W] ∈ [0,1] ↔ latents
 * [N,C,H/f,W/f], normalised by `statistics`.
 * @throws {GMemError} code `WEIGHTS` that lists every missing, unexpected and mis-shaped tensor, `CONFIG` for a tile size
 * that is no multiple of f, or statistics of another number of channels.
 */
export function klVaeTokenizer(
  name: string,
  config: KlVaeConfig,
  options: KlVaeOptions & { readonly statistics: ChannelStatistics },
): KlVaeTokenizer {
  checkOptions(name, options, table);
  const { weights, statistics } = options;
  const [channels, factor] = [config.latentChannels, downsampling(config)];
  checkStatistics(name, statistics, channels);
  const prefixes = ["encoder.", "quant_conv."];
  const shared = {
    ...(config.imageChannels === undefined ? {} : { imageChannels: config.imageChannels }),
    name,
    channels,
    factor,
    parameters: klVaeWeights(config, weights),
    decoder: {
      prefixes: ["decoder.", "post_quant_conv."],
      program: (p: Params, z: Tensor) => klVaeDecoder(config, p, denormalise(z, statistics)),
    },
  };
  const gaussian = (p: Params, x: Tensor): { readonly mean: Tensor; readonly std: Tensor } => {
    const { mean, logvar } = posterior(klVaeMoments(config, p, x)); // [N,C,h,w] each
    return { mean: normalise(mean, statistics), std: normaliseDeviation(exp(logvar.mul(0.5)), statistics) };
  };
  const network = imageNetwork(
    {
      ...shared,
      encoder: {
        prefixes,
        program(p, x) {
          const { mean, std } = gaussian(p, x);
          return concat([mean, std], 1); // [N,2C,h,w]
        },
      },
    },
    options,
  );
  const posteriorOf = async (images: NDArray<"f32">): Promise<LatentPosterior> => {
    const both = await network.encode(images);
    return { mean: channelRange(both, 0, channels), std: channelRange(both, channels, 2 * channels) };
  };
  return {
    name,
    latent(imageSize) {
      if (imageSize % factor !== 0)
        throw new ShapeError(`${name}.latent`, `needs a multiple of ${factor}`, [[imageSize, imageSize]]);
      return [channels, imageSize / factor, imageSize / factor];
    },
    posterior: posteriorOf,
    encode: async (images) => (await posteriorOf(images)).mean,
    async sample(images, noise) {
      const { mean, std } = await posteriorOf(images);
      if (!sameShape(noise.shape, mean.shape))
        throw new ShapeError(`${name}.sample`, "noise must have the latents' shape", [noise.shape, mean.shape]);
      const drawn = mean.data.map((value, i) => value + (std.data[i] as number) * (noise.data[i] as number));
      return array(drawn, mean.shape);
    },
    decode: network.decode,
    networks: tracedHalves({ ...shared, encoder: { prefixes, program: (p, x) => gaussian(p, x).mean } }),
    dispose: network.dispose,
  };
}

/** Some channels of x [N,C,h,w]. */
function channelRange(x: NDArray<"f32">, from: number, to: number): NDArray<"f32"> {
  const [n = 0, channels = 0, height = 0, width = 0] = x.shape;
  const size = height * width;
  const out = new Float32Array(n * (to - from) * size);
  for (let i = 0; i < n; i++)
    out.set(x.data.subarray((i * channels + from) * size, (i * channels + to) * size), i * (to - from) * size);
  return array(out, [n, to - from, height, width]);
}
