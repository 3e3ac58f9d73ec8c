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
import { headsOf } from "../network/heads.ts";
import { checkDinov2, type Dinov2Config, resamplingName } from "./config.ts";
import { type Dinov2Features, dinov2Features } from "./dinov2-features.ts";
import { dinov2Input, inputSize } from "./dinov2-input.ts";
import { dinov2Weights } from "./weights.ts";

/** What DINOv2 says about N images. */
export interface Dinov2Tokens {
  /** f(x), [N,D]. */
  readonly classToken: NDArray<"f32">;
  /** [N,T,D], in rows. */
  readonly patches: NDArray<"f32">;
}

/** An {@link Encoder} whose f(x) is the class token, with the patch tokens besides. */
export interface Dinov2Encoder extends Required<Encoder> {
  /**
   * Patch tokens [N,T,D] of images [N,3,S,S] in [0, 1], in rows: REPA's targets.
   * @param options.grid Tokens a side; default those of `encode`: 16 for images of 256 pixels, 32 for 512.
   */
  patchTokens(images: NDArray<"f32">, options?: { readonly grid?: number }): Promise<NDArray<"f32">>;
  /**
   * Class token and patch tokens in one pass: snippets and REPA's targets. With the default grid the class token is what
   * `encode` gives; another grid means another size of the network's input, and another class token.
   * @param options.grid As for `patchTokens`.
   */
  tokens(images: NDArray<"f32">, options?: { readonly grid?: number }): Promise<Dinov2Tokens>;
  /** Tensors of the checkpoint that are a head's beside the encoder, and left out. */
  readonly ignored: readonly string[];
  /** Frees what the engine holds. */
  dispose(): Promise<void>;
}

export interface Dinov2Options {
  /** A checkpoint's tensors, under original or Hugging Face names. */
  readonly weights: Named<NDArray>;
  /** Default {@link referenceEngine}, which suits tiny networks only. */
  readonly engine?: Engine;
  /** Images that go through at a time; default 8. */
  readonly batchSize?: number;
}

/**
 * DINOv2 as an encoder of square images in [0, 1]: f(x) = `x_norm_clstoken`, [N,D]. The id names network, weights,
 * pre-processing and position resampling.
 * @throws {GMemError} code `CONFIG` for impossible sizes, `WEIGHTS` with every missing, unexpected and mis-shaped tensor.
 * @example
 * const config = { ...dinov2S, depth: 1, hiddenSize: 8, heads: 2, positionGrid: 2, input: { from: 32, to: 28 } };
 * const draw = key(0);
 * const weights = Object.fromEntries(
 *   Object.entries(dinov2Parameters(config)).map(([name, { shape }]) => [name, draw.split(name).normal(shape)]),
 * );
 * const encoder = dinov2(config, { weights });
 * const features = await encoder.encode(key(1).uniform([2, 3, 32, 32])); // [2,8]
 * const patches = await encoder.patchTokens(key(1).uniform([2, 3, 32, 32])); // [2,4,8]
 */
export function dinov2(config: Dinov2Config, options: Dinov2Options): Dinov2Encoder {
  checkDinov2(config);
  const { engine = referenceEngine(), batchSize = 8 } = options;
  const { name, hiddenSize: dim, input, patchSize, positions } = config;
  const weights = dinov2Weights(config, options.weights);
  const runner = rowRunner({ engine, batchSize, parameters: weights });
  const features = (p: Named<Tensor>, x: Tensor, size?: number): Dinov2Features =>
    dinov2Features(p, dinov2Input(x, input, size === undefined ? {} : { size }), config);
  const classToken = (p: Named<Tensor>, x: Tensor): Tensor => features(p, x).classToken; // [N,D]
  const gridOf = (where: string, images: NDArray, asked: number | undefined): number => {
    const side = checkSquare(where, images.shape);
    const grid = asked ?? inputSize(input, side) / patchSize;
    if (!Number.isInteger(grid) || grid < 1)
      throw new GMemError("CONFIG", `${where}: grid must be a positive whole number, got ${grid}`);
    return grid;
  };
  return {
    name,
    dim,
    id: `${name}-${contentHash(weights)}-bicubic-${input.from}-${input.to}-${resamplingName(positions)}`,
    network: {
      parameters: weights,
      apply(p, x) {
        checkSquare("dinov2.network", x.shape);
        return classToken(p, x);
      },
    },
    async encode(images) {
      checkSquare("dinov2.encode", images.shape);
      const { y } = await runner.run(images, { name: "class", network: (p, x) => ({ y: classToken(p, x) }) });
      return y;
    },
    async patchTokens(images, options = {}) {
      const grid = gridOf("dinov2.patchTokens", images, options.grid);
      const { patches } = await runner.run(images, {
        name: `patches ${grid}`,
        network: (p, x) => ({ patches: features(p, x, grid * patchSize).patches }),
      });
      return patches;
    },
    async tokens(images, options = {}) {
      const grid = gridOf("dinov2.tokens", images, options.grid);
      return runner.run(images, {
        name: `tokens ${grid}`,
        network(p, x) {
          const { classToken, patches } = features(p, x, grid * patchSize);
          return { classToken, patches };
        },
      });
    },
    ignored: headsOf(options.weights),
    dispose: () => runner.dispose(),
  };
}

/** Pixels a side. @throws {ShapeError} unless images are [N,3,S,S]. */
function checkSquare(where: string, shape: Shape): number {
  const [n, channels, height, width] = shape;
  if (shape.length !== 4 || !n || channels !== 3 || !height || height !== width)
    throw new ShapeError(where, "needs square images [N,3,S,S] in [0, 1]; crop others to their centre first", [shape]);
  return height;
}
