import type { Encoder } from "@gmem/spec";
import {
  array,
  concat,
  type Engine,
  GMemError,
  type Named,
  type NDArray,
  referenceEngine,
  type Shape,
  ShapeError,
  type Tensor,
} from "@gmem/tensor";
import { contentHash } from "../network/content-hash.ts";
import { deviceNetwork, type Network } from "../network/device-network.ts";
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
  const device = deviceNetwork({ engine, weights, batchSize });
  const features = (p: Named<Tensor>, x: Tensor, size?: number): Dinov2Features =>
    dinov2Features(p, dinov2Input(x, input, size === undefined ? {} : { size }), config);
  const classToken: Network = (p, x) => features(p, x).classToken; // [N,D]
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
      return device.run("class", classToken, images);
    },
    async patchTokens(images, options = {}) {
      const grid = gridOf("dinov2.patchTokens", images, options.grid);
      return device.run(`patches ${grid}`, (p, x) => features(p, x, grid * patchSize).patches, images);
    },
    async tokens(images, options = {}) {
      const grid = gridOf("dinov2.tokens", images, options.grid);
      const both: Network = (p, x) => {
        const { classToken, patches } = features(p, x, grid * patchSize);
        return concat([classToken.reshape([x.shape[0] as number, 1, dim]), patches], 1); // [N,1+T,D]
      };
      return apart(await device.run(`tokens ${grid}`, both, images));
    },
    dispose: () => device.dispose(),
  };
}

/** Pixels a side. @throws {ShapeError} unless images are [N,3,S,S]. */
function checkSquare(where: string, shape: Shape): number {
  const [n, channels, height, width] = shape;
  if (shape.length !== 4 || !n || channels !== 3 || !height || height !== width)
    throw new ShapeError(where, "needs square images [N,3,S,S] in [0, 1]; crop others to their centre first", [shape]);
  return height;
}

/** Tokens [N,1+T,D] as their first and the others. */
function apart({ data, shape }: NDArray<"f32">): Dinov2Tokens {
  const [n, t, d] = shape as [number, number, number];
  const [first, rest] = [new Float32Array(n * d), new Float32Array(n * (t - 1) * d)];
  for (let i = 0; i < n; i++) {
    first.set(data.subarray(i * t * d, (i * t + 1) * d), i * d);
    rest.set(data.subarray((i * t + 1) * d, (i + 1) * t * d), i * (t - 1) * d);
  }
  return { classToken: array(first, [n, d]), patches: array(rest, [n, t - 1, d]) };
}
