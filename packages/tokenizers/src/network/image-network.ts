import {
  concatRows,
  type DeviceState,
  type Engine,
  type Executable,
  f32,
  GMemError,
  type Named,
  type NDArray,
  type Tensor,
  takeRows,
  trace,
} from "@gmem/tensor";
import { blendTiles } from "./blend-tiles.ts";
import { checkImages, checkLatents } from "./check-shapes.ts";

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

/** One half of an autoencoder. */
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
  /** Images [N,3,H,W] → what the encoder gives [N,…,H/f,W/f]. */
  encode(images: NDArray<"f32">): Promise<NDArray<"f32">>;
  /** Latents [N,C,h,w] → images [N,3,f·h,f·w] in [−1,1]. */
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
  let state: Promise<DeviceState> | undefined;
  const programs = new Map<string, Promise<Executable>>();

  const compile = async (half: NetworkHalf, shape: readonly number[]): Promise<Executable> => {
    state ??= engine.state(parameters);
    state.catch(() => {
      state = undefined; // the next call tries again
    });
    const own = ownParameters(network, half);
    const graph = trace({ feeds: { x: f32(...shape) }, state: own }, ({ feeds, state: p }) => ({
      fetches: { y: half.program(p, feeds.x) },
    }));
    return engine.compile(graph, { state: await state });
  };

  const whole = async (half: NetworkHalf, x: NDArray<"f32">): Promise<NDArray<"f32">> => {
    const parts: NDArray<"f32">[] = [];
    for (let from = 0; from < (x.shape[0] ?? 0); from += batchSize) {
      const rows = Array.from({ length: Math.min(batchSize, (x.shape[0] ?? 0) - from) }, (_, i) => from + i);
      const block = takeRows(x, rows);
      const size = `${half.prefixes[0]}${block.shape}`;
      const program = programs.get(size) ?? compile(half, block.shape);
      programs.set(size, program);
      program.catch(() => programs.delete(size)); // the next call tries again
      const { y } = await (await program).run({ x: block });
      parts.push(y as NDArray<"f32">);
    }
    return concatRows(parts);
  };

  const apply = (half: NetworkHalf, x: NDArray<"f32">, scale: { input: number; output: number }) => {
    const tile = tileSize / factor;
    const [, , height = 0, width = 0] = x.shape;
    return tile > 0 && Math.max(height, width) > tile * scale.input
      ? blendTiles(x, { tile, ...scale }, (part) => whole(half, part))
      : whole(half, x);
  };

  return {
    async encode(images) {
      checkImages(network, images.shape);
      return apply(network.encoder, images, { input: factor, output: 1 });
    },
    async decode(latents) {
      checkLatents(network, latents.shape);
      const images = await apply(network.decoder, latents, { input: 1, output: factor });
      return { ...images, data: images.data.map((value) => Math.min(1, Math.max(-1, value))) };
    },
    async dispose() {
      for (const program of programs.values()) await (await program).dispose();
      programs.clear();
      await (await state)?.dispose();
      state = undefined;
    },
  };
}
