import type { Tokenizer } from "@gmem/spec";
import { array, concat, type NDArray, ShapeError, sameShape } from "@gmem/tensor";
import { type ChannelStatistics, denormalise, normalise } from "../network/channel-statistics.ts";
import { imageNetwork, type NetworkOptions } from "../network/image-network.ts";
import { downsampling, type KlVaeConfig } from "./config.ts";
import { klVaeDecoder } from "./decoder.ts";
import { klVaeMoments } from "./encoder.ts";
import { klVaeParameters } from "./parameters.ts";
import { posterior } from "./posterior.ts";

export interface KlVaeOptions extends NetworkOptions {
  /** What latents are normalised by. */
  readonly statistics?: ChannelStatistics;
}

/** A tokenizer whose encoder gives a distribution; `encode` takes its mean. */
export interface KlVaeTokenizer extends Tokenizer {
  /** Mean and log-variance of images [N,3,H,W], each [N,C,H/f,W/f], not normalised. */
  posterior(images: NDArray<"f32">): Promise<{ readonly mean: NDArray<"f32">; readonly logvar: NDArray<"f32"> }>;
  /** Normalised mean + σ·noise, noise [N,C,H/f,W/f]. @throws {ShapeError} for noise of another shape. */
  sample(images: NDArray<"f32">, noise: NDArray<"f32">): Promise<NDArray<"f32">>;
  /** Frees the device's copy of the weights. */
  dispose(): Promise<void>;
}

/**
 * A tokenizer of the family that SD-VAE and VA-VAE belong to, for any configuration: images [N,3,H,W] ∈ [−1,1] ↔ latents
 * [N,C,H/f,W/f], normalised by `statistics`.
 * @throws {GMemError} code `WEIGHTS` that lists every missing, unexpected and mis-shaped tensor, `CONFIG` for a tile size
 * that is no multiple of f.
 */
export function klVaeTokenizer(
  name: string,
  config: KlVaeConfig,
  options: KlVaeOptions & { readonly statistics: ChannelStatistics },
): KlVaeTokenizer {
  const { weights, statistics } = options;
  const [channels, factor] = [config.latentChannels, downsampling(config)];
  const network = imageNetwork(
    {
      ...{ name, channels, factor, parameters: klVaeParameters(config, weights) },
      encoder: {
        prefixes: ["encoder.", "quant_conv."],
        program(p, x) {
          const { mean, logvar } = posterior(klVaeMoments(config, p, x));
          return concat([mean, logvar], 1); // [N,2C,h,w]
        },
      },
      decoder: { prefixes: ["decoder.", "post_quant_conv."], program: (p, z) => klVaeDecoder(config, p, z) },
    },
    options,
  );
  const posteriorOf: KlVaeTokenizer["posterior"] = async (images) => {
    const moments = await network.encode(images);
    return { mean: channelRange(moments, 0, channels), logvar: channelRange(moments, channels, 2 * channels) };
  };
  return {
    name,
    latent(imageSize) {
      if (imageSize % factor !== 0)
        throw new ShapeError(`${name}.latent`, `needs a multiple of ${factor}`, [[imageSize, imageSize]]);
      return [channels, imageSize / factor, imageSize / factor];
    },
    posterior: posteriorOf,
    encode: async (images) => normalise((await posteriorOf(images)).mean, statistics),
    async sample(images, noise) {
      const { mean, logvar } = await posteriorOf(images);
      if (!sameShape(noise.shape, mean.shape))
        throw new ShapeError(`${name}.sample`, "noise must have the latents' shape", [noise.shape, mean.shape]);
      const drawn = mean.data.map(
        (value, i) => value + Math.exp(0.5 * (logvar.data[i] as number)) * (noise.data[i] as number),
      );
      return normalise(array(drawn, mean.shape), statistics);
    },
    decode: async (latents) => network.decode(denormalise(latents, statistics)),
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
