import {
  checkFinite,
  type Engine,
  GMemError,
  type Named,
  type NDArray,
  type RowNetwork,
  rowRunner,
  type Tensor,
} from "@gmem/tensor";
import { blendTiles } from "./blend-tiles.ts";
import { checkImages, checkLatents } from "./check-shapes.ts";
import { signed, unsigned } from "./signed-range.ts";

/** What every pretrained tokenizer is made from. */
export interface NetworkOptions {
  readonly engine: Engine;
  /** Tensors of a checkpoint, as `readSafetensors` gives them; either naming. */
  readonly weights: Named<NDArray>;
  /** Images of one call of the engine. Default 4. */
  readonly batchSize?: number;
  /**
   * Height and width of the tiles that larger images are cut into, in pixels; they overlap by a quarter and are blended
   * linearly. Default: images are taken whole.
   */
  readonly tileSize?: number;
}

/** One half of an autoencoder; its images are in [−1,1]. */
export interface NetworkHalf {
  /** Parameters that its names start with. */
  readonly prefixes: readonly string[];
  readonly program: (p: Named<Tensor>, x: Tensor) => Tensor;
}

export interface AutoencoderNetwork {
  /** Begins error messages. */
  readonly name: string;
  readonly parameters: Named<NDArray>;
  /** Channels of a latent. */
  readonly channels: number;
  /** Pixels of an image to one of a latent, along a side. */
  readonly factor: number;
  /** Channels of an image; 3 by default. */
  readonly imageChannels?: number;
  readonly encoder: NetworkHalf;
  readonly decoder: NetworkHalf;
}

export interface ImageNetwork {
  /** Images [N,3,H,W] in [0,1] → what the encoder gives [N,…,H/f,W/f]. */
  encode(images: NDArray<"f32">): Promise<NDArray<"f32">>;
  /** Latents [N,C,h,w] → images [N,3,f·h,f·w] in [0,1]. @throws {GMemError} code `NON_FINITE` */
  decode(latents: NDArray<"f32">): Promise<NDArray<"f32">>;
  dispose(): Promise<void>;
}

/** The parameters that a half reads. */
export const ownParameters = ({ parameters }: AutoencoderNetwork, { prefixes }: NetworkHalf): Named<NDArray> =>
  Object.fromEntries(Object.entries(parameters).filter(([key]) => prefixes.some((prefix) => key.startsWith(prefix))));

/** Runs both halves of an autoencoder: weights stay on the device, programs are compiled once for each size. */
export function imageNetwork(network: AutoencoderNetwork, options: Omit<NetworkOptions, "weights">): ImageNetwork {
  const { name, factor, parameters } = network;
  const { engine, batchSize = 4, tileSize = 0 } = options;
  if (tileSize % factor !== 0)
    throw new GMemError("CONFIG", `${name}: tileSize must be a multiple of ${factor}, got ${tileSize}`);
  const runner = rowRunner({ engine, batchSize, parameters });
  const encode: RowNetwork<"y"> = (p, x) => ({ y: network.encoder.program(p, signed(x)) });
  const decode: RowNetwork<"y"> = (p, z) => ({ y: unsigned(network.decoder.program(p, z)) });

  const apply = async (
    half: { readonly name: string; readonly network: RowNetwork<"y"> },
    x: NDArray<"f32">,
    scale: { readonly input: number; readonly output: number },
  ): Promise<NDArray<"f32">> => {
    const whole = async (images: NDArray<"f32">): Promise<NDArray<"f32">> => (await runner.run(images, half)).y;
    const tile = tileSize / factor;
    const [, , height = 0, width = 0] = x.shape;
    return tile > 0 && Math.max(height, width) > tile * scale.input
      ? blendTiles(x, { tile, ...scale }, whole)
      : whole(x);
  };

  return {
    async encode(images) {
      checkImages(network, images.shape);
      return apply({ name: "encode", network: encode }, images, { input: factor, output: 1 });
    },
    async decode(latents) {
      checkLatents(network, latents.shape);
      const images = await apply({ name: "decode", network: decode }, latents, { input: 1, output: factor });
      checkFinite({ images }, { where: `${name}.decode`, remedy: "check latents and weights" }); // clamping hides infinities
      return { ...images, data: images.data.map((value) => Math.min(1, Math.max(0, value))) };
    },
    dispose: () => runner.dispose(),
  };
}
