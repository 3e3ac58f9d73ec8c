import type { Encoder } from "@gmem/spec";
import {
  type Engine,
  GMemError,
  type Named,
  type NDArray,
  referenceEngine,
  rowRunner,
  type Shape,
  ShapeError,
  type Tensor,
} from "@gmem/tensor";
import { contentHash } from "@gmem/weights";
import { checkIds } from "../network/check-ids.ts";
import { headsOf } from "../network/heads.ts";
import { clipImage, clipPatches, clipText, clipTextTokens } from "./clip-features.ts";
import { clipInput } from "./clip-input.ts";
import { type ClipConfig, checkClip } from "./config.ts";
import { clipImageWeights, clipTextWeights } from "./weights.ts";

/** An {@link Encoder} of images into the space that they share with texts. */
export interface ClipEncoder extends Required<Encoder> {
  /**
   * Tokens of patches [N,grid²,D] of images in [0, 1], in rows: REPA's targets. Images are brought to whole patches of that
   * grid, and positions resampled where it is not the network's.
   */
  patchTokens(images: NDArray<"f32">, options?: { readonly grid?: number }): Promise<NDArray<"f32">>;
  /** Tensors of the checkpoint that are a head's beside the encoder, and left out. */
  readonly ignored: readonly string[];
  /** Frees what the engine holds. */
  dispose(): Promise<void>;
}

/** An encoder of texts, given as token ids. */
export interface ClipTextEncoder {
  readonly name: string;
  readonly dim: number;
  /** Name and hash of the weights. */
  readonly id: string;
  /** Token ids [N,T], each row with its end-of-text token, padded behind it → [N,dim], not normalised. */
  encode(ids: NDArray<"i32">): Promise<NDArray<"f32">>;
  /** Likewise every token, [N,T,dim], projected. */
  tokens(ids: NDArray<"i32">): Promise<NDArray<"f32">>;
  /** Tensors of the checkpoint that are a head's beside the encoder, and left out. */
  readonly ignored: readonly string[];
  /** Frees what the engine holds. */
  dispose(): Promise<void>;
}

export interface ClipOptions {
  /**
   * A checkpoint's tensors, under original or Hugging Face names; the other tower's may be absent. A tower that is stored
   * alone (`CLIPTextModel`) has no projection: its features are as wide as the tower.
   */
  readonly weights: Named<NDArray>;
  /** Default {@link referenceEngine}, which suits tiny networks only. */
  readonly engine?: Engine;
  /** Rows that go through at a time; default 8. */
  readonly batchSize?: number;
}

/**
 * CLIP's image tower as an encoder of images in [0, 1]: f(x) = the projected class token [N,dim], not normalised. The id names
 * network, weights and pre-processing.
 * @throws {GMemError} code `CONFIG` for impossible sizes, `WEIGHTS` with every missing, unexpected and mis-shaped tensor.
 * @example
 * const tower = { depth: 1, hiddenSize: 8, heads: 2 };
 * const config = { ...clipB32, imageSize: 16, patchSize: 8, dim: 6, vision: tower };
 * const draw = key(0);
 * const weights = Object.fromEntries(
 *   Object.entries(clipImageParameters(config)).map(([name, { shape }]) => [name, draw.split(name).normal(shape)]),
 * );
 * const encoder = clip(config, { weights });
 * const features = await encoder.encode(key(1).uniform([2, 3, 20, 24])); // [2,6]
 */
export function clip(config: ClipConfig, options: ClipOptions): ClipEncoder {
  checkClip(config);
  const { engine = referenceEngine(), batchSize = 8 } = options;
  const { name, imageSize, patchSize, input } = config;
  const weights = clipImageWeights(config, options.weights);
  const dim = weights["visual.proj"] ? config.dim : config.vision.hiddenSize;
  const runner = rowRunner({ engine, batchSize, parameters: weights });
  const network = (p: Named<Tensor>, x: Tensor): Tensor => clipImage(p, clipInput(x, config), config); // [N,dim]
  const check = (where: string, shape: Shape): void => {
    const [n, channels, height, width] = shape;
    if (shape.length !== 4 || !n || channels !== 3 || !height || !width)
      throw new ShapeError(where, "needs images [N,3,H,W] in [0, 1]", [shape]);
  };
  return {
    name,
    dim,
    id: `${name}-${contentHash(weights)}-${input}-${imageSize}`,
    network: {
      parameters: weights,
      apply(p, x) {
        check("clip.network", x.shape);
        return network(p, x);
      },
    },
    async encode(images) {
      check("clip.encode", images.shape);
      const { y } = await runner.run(images, { name: "image", network: (p, x) => ({ y: network(p, x) }) });
      return y;
    },
    async patchTokens(images, { grid = imageSize / patchSize } = {}) {
      check("clip.patchTokens", images.shape);
      if (!Number.isInteger(grid) || grid < 1)
        throw new GMemError("CONFIG", `clip.patchTokens: grid must be a positive whole number, got ${grid}`);
      const { patches } = await runner.run(images, {
        name: `patches ${grid}`,
        network: (p, x) => ({ patches: clipPatches(p, clipInput(x, { input, imageSize: grid * patchSize }), config) }),
      });
      return patches;
    },
    ignored: headsOf(options.weights),
    dispose: () => runner.dispose(),
  };
}

/**
 * CLIP's text tower as an encoder of token ids.
 * @throws {GMemError} code `CONFIG` for impossible sizes, `WEIGHTS` with every missing, unexpected and mis-shaped tensor.
 * @example
 * const config = { ...clipB32, dim: 6, text: { depth: 1, hiddenSize: 8, heads: 2, contextLength: 5, vocabulary: 9 } };
 * const draw = key(0);
 * const weights = Object.fromEntries(
 *   Object.entries(clipTextParameters(config)).map(([name, { shape }]) => [name, draw.split(name).normal(shape)]),
 * );
 * const encoder = clipTextEncoder(config, { weights });
 * const features = await encoder.encode(array([7, 2, 3, 8, 0], [1, 5], "i32")); // [1,6]
 */
export function clipTextEncoder(config: ClipConfig, options: ClipOptions): ClipTextEncoder {
  checkClip(config);
  const { engine = referenceEngine(), batchSize = 8 } = options;
  const { name } = config;
  const weights = clipTextWeights(config, options.weights);
  const dim = weights.text_projection ? config.dim : config.text.hiddenSize;
  const runner = rowRunner({ engine, batchSize, parameters: weights });
  return {
    name,
    dim,
    id: `${name}-text-${contentHash(weights)}`,
    async encode(ids) {
      checkIds("clipTextEncoder.encode", ids);
      const { y } = await runner.run(ids, { name: "text", network: (p, x) => ({ y: clipText(p, x, config) }) });
      return y;
    },
    async tokens(ids) {
      checkIds("clipTextEncoder.tokens", ids);
      const { y } = await runner.run(ids, { name: "tokens", network: (p, x) => ({ y: clipTextTokens(p, x, config) }) });
      return y;
    },
    ignored: headsOf(options.weights),
    dispose: () => runner.dispose(),
  };
}
