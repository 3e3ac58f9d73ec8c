import type { Encoder } from "@gmem/spec";
import {
  constant,
  type Engine,
  key,
  mapNamed,
  mean,
  type RowNetwork,
  rowRunner,
  ShapeError,
  slice,
  type Tensor,
  upsampleNearest,
} from "@gmem/tensor";
import { checkUnitImages } from "../images/pixel-range.ts";
import { vggFeatures, vggWeights, vggWidth } from "./vgg-trunk.ts";

export interface RandomVggOptions {
  readonly engine: Engine;
  /** Seed of the weights; default 0. Distances of different seeds are not comparable. */
  readonly seed?: number;
}

/** Images of one call. */
const batchSize = 16;

/**
 * The first three stages of VGG-16 with fixed random weights as an encoder: spatial means of each stage's last layer,
 * [N,448]. Random features tell distributions of images apart without a pretrained network (Naeem et al. 2020); here the
 * early stages see colour and texture, the third, 40 pixels wide, arrangement. Deeper random layers were measured and left
 * out: between halves of 4,000 photographs they differ more, between photographs and blurred, noisy or shuffled ones less.
 * Images are brought to 32…63 pixels a side first: smaller ones by repeating pixels, larger ones by averaging blocks.
 * @throws {ShapeError} from `encode` for anything but [N,3,H,W]. @throws {GMemError} code `DATA` for values outside [0, 1],
 * `NON_FINITE`.
 * @example
 * // no-run
 * const encoder = randomVgg({ engine: await onnxEngine() });
 * const features = await encoder.encode(images); // [N,448]
 */
export function randomVgg(options: RandomVggOptions): Encoder {
  const { engine, seed = 0 } = options;
  const weights = vggWeights(key(seed).split("random-vgg"));
  const runner = rowRunner({ engine, batchSize });
  const network: RowNetwork<"features"> = (_, images) => {
    const p = mapNamed(weights, constant);
    const x = resized(images.mul(4).sub(2)); // variance near 1  [N,3,H',W']
    return { features: vggFeatures(p, x) };
  };
  return {
    name: "random-vgg",
    dim: vggWidth,
    id: `random-vgg-${seed}`,
    async encode(images) {
      const [, channels, height, width] = images.shape;
      if (images.shape.length !== 4 || channels !== 3 || !height || !width)
        throw new ShapeError("randomVgg.encode", "needs images [N,3,H,W] in [0, 1]", [images.shape]);
      checkUnitImages("randomVgg.encode", images);
      return (await runner.run(images, { name: "features", network })).features;
    },
  };
}

/** The shorter side to 32…63 pixels by a whole factor. */
export function resized(x: Tensor): Tensor {
  const [n, c, height, width] = x.shape as [number, number, number, number];
  const side = Math.min(height, width);
  if (side < 32) return upsampleNearest(x, Math.ceil(32 / side));
  const factor = Math.floor(side / 32);
  if (factor === 1) return x;
  const [h, w] = [Math.floor(height / factor), Math.floor(width / factor)];
  const cut = slice(slice(x, 2, [0, h * factor]), 3, [0, w * factor]);
  return mean(cut.reshape([n, c, h, factor, w, factor]), { axes: [3, 5] });
}
