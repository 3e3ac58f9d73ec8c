import type { Encoder } from "@gmem/spec";
import { type Engine, GMemError, type Named, type NDArray, referenceEngine, ShapeError } from "@gmem/tensor";
import { checkWeights } from "../network/check-weights.ts";
import { contentHash } from "../network/content-hash.ts";
import { deviceNetwork, type Network } from "../network/device-network.ts";
import { checkDinov2, type Dinov2Config } from "./config.ts";
import { type Dinov2Features, dinov2Features } from "./dinov2-features.ts";
import { dinov2Input, inputSize } from "./dinov2-input.ts";
import { dinov2Names } from "./original-names.ts";
import { dinov2Parameters } from "./parameters.ts";

/** An {@link Encoder} whose f(x) is the class token, with the patch tokens besides. */
export interface Dinov2Encoder extends Encoder {
  /**
   * Patch tokens [N,T,D] of images [N,3,S,S] in [0, 1], in rows: REPA's targets.
   * @param options.grid Tokens a side; default those of `encode`: 16 for images of 256 pixels, 32 for 512.
   */
  patchTokens(images: NDArray<"f32">, options?: { readonly grid?: number }): Promise<NDArray<"f32">>;
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
  const weights = checkWeights(name, dinov2Names(options.weights), {
    expected: dinov2Parameters(config),
    ignore: (tensor) => tensor === "mask_token",
  });
  const device = deviceNetwork({ engine, weights, batchSize });
  const network =
    (pick: (features: Dinov2Features) => Dinov2Features["patches"], size?: number): Network =>
    (p, x) =>
      pick(dinov2Features(p, dinov2Input(x, input, size === undefined ? {} : { size }), config));
  return {
    name,
    dim,
    id: `${name}-${contentHash(weights)}-bicubic-${input.from}-${input.to}-${positions}`,
    async encode(images) {
      checkSquare("dinov2.encode", images);
      return device.run(
        "class",
        network(({ classToken }) => classToken),
        images,
      );
    },
    async patchTokens(images, { grid = inputSize(input, checkSquare("dinov2.patchTokens", images)) / patchSize } = {}) {
      checkSquare("dinov2.patchTokens", images);
      if (!Number.isInteger(grid) || grid < 1)
        throw new GMemError("CONFIG", `dinov2.patchTokens: grid must be a positive whole number, got ${grid}`);
      return device.run(
        `patches ${grid}`,
        network(({ patches }) => patches, grid * patchSize),
        images,
      );
    },
    dispose: () => device.dispose(),
  };
}

/** Pixels a side. @throws {ShapeError} unless images are [N,3,S,S]. */
function checkSquare(where: string, { shape }: NDArray): number {
  const [n, channels, height, width] = shape;
  if (shape.length !== 4 || !n || channels !== 3 || !height || height !== width)
    throw new ShapeError(where, "needs square images [N,3,S,S] in [0, 1]; crop others to their centre first", [shape]);
  return height;
}
