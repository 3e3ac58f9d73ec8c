import type { Tokenizer } from "@gmem/spec";
import { GMemError, ShapeError } from "@gmem/tensor";
import { type ChannelStatistics, checkStatistics, denormalise, normalise } from "../network/channel-statistics.ts";
import { type AutoencoderNetwork, imageNetwork, type NetworkOptions } from "../network/image-network.ts";
import { tracedHalves } from "../network/traced-halves.ts";
import { type DcAeConfig, dcAeF32C32, downsampling } from "./config.ts";
import { dcAeDecoder } from "./decoder.ts";
import { dcAeEncoder } from "./encoder.ts";
import { dcAeWeights } from "./weights.ts";

export interface DcAeOptions extends NetworkOptions {
  /** What latents are normalised by, instead of the configuration's `scale`. */
  readonly statistics?: ChannelStatistics;
}

export interface DcAeTokenizer extends Required<Tokenizer> {
  /** Frees the device's copy of the weights. */
  dispose(): Promise<void>;
}

/**
 * Images [N,3,H,W] ∈ [0,1] ↔ latents [N,C,H/f,W/f] × scale of a deep-compression autoencoder (Chen et al. 2025, f32 and
 * f64; the tokenizer of GMem's fastest models in Table 1 and of Sana). A plain autoencoder: nothing is sampled. Weights
 * under efficientvit or diffusers names.
 * @throws {GMemError} code `WEIGHTS` that lists every missing, unexpected and mis-shaped tensor, `CONFIG` for an encoder of
 * distributions.
 * @example
 * // no-run
 * import { readSafetensors } from "@gmem/weights";
 * const { tensors } = await readSafetensors("dc-ae-f32c32-in-1.0/model.safetensors");
 * const tokenizer = dcAe(dcAeF32C32, { engine: await onnxEngine(), weights: tensors });
 * const latents = await tokenizer.encode(images); // [N,32,8,8] of images [N,3,256,256]
 */
export function dcAe(config: DcAeConfig | undefined, options: DcAeOptions): DcAeTokenizer {
  const network = config ?? dcAeF32C32;
  const { latentChannels: channels, scale } = network;
  const { statistics = { mean: [0], std: [1 / scale] } } = options;
  if (network.encoder.doubleLatent)
    throw new GMemError("CONFIG", "dc-ae: encoders must give latents, got doubleLatent; leave it out");
  const factor = downsampling(network);
  checkStatistics("dc-ae", statistics, channels);
  const halves: AutoencoderNetwork = {
    ...(network.imageChannels === undefined ? {} : { imageChannels: network.imageChannels }),
    name: "dc-ae",
    channels,
    factor,
    parameters: dcAeWeights(network, options.weights),
    encoder: { prefixes: ["encoder."], program: (p, x) => normalise(dcAeEncoder(network, p, x), statistics) },
    decoder: { prefixes: ["decoder."], program: (p, z) => dcAeDecoder(network, p, denormalise(z, statistics)) },
  };
  const { encode, decode, dispose } = imageNetwork(halves, options);
  return {
    name: "dc-ae",
    latent(imageSize) {
      if (imageSize % factor !== 0)
        throw new ShapeError("dc-ae.latent", `needs a multiple of ${factor}`, [[imageSize, imageSize]]);
      return [channels, imageSize / factor, imageSize / factor];
    },
    encode,
    decode,
    networks: tracedHalves(halves),
    dispose,
  };
}
