import type { Encoder } from "@gmem/spec";
import {
  array,
  constant,
  type Engine,
  type Executable,
  f32,
  key,
  mean,
  type NDArray,
  ShapeError,
  slice,
  type Tensor,
  trace,
  upsampleNearest,
} from "@gmem/tensor";
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
 * @throws {ShapeError} from `encode` for anything but [N,3,H,W].
 * @example
 * // no-run
 * const encoder = randomVgg({ engine: await onnxEngine() });
 * const features = await encoder.encode(images); // [N,448]
 */
export function randomVgg(options: RandomVggOptions): Encoder {
  const { engine, seed = 0 } = options;
  const weights = vggWeights(key(seed).split("random-vgg"));
  const programs = new Map<string, Promise<Executable>>();
  const programFor = (height: number, width: number): Promise<Executable> => {
    const size = `${height}x${width}`;
    const program = programs.get(size) ?? engine.compile(network(weights, { height, width }));
    programs.set(size, program);
    return program;
  };
  return {
    name: "random-vgg",
    dim: vggWidth,
    id: `random-vgg-${seed}`,
    async encode(images) {
      const [n = 0, channels, height, width] = images.shape;
      if (images.shape.length !== 4 || channels !== 3 || !height || !width)
        throw new ShapeError("randomVgg.encode", "needs images [N,3,H,W] in [0, 1]", [images.shape]);
      const executable = await programFor(height, width);
      const pixels = 3 * height * width;
      const out = new Float32Array(n * vggWidth);
      for (let from = 0; from < n; from += batchSize) {
        const rows = Math.min(batchSize, n - from);
        const block = new Float32Array(batchSize * pixels);
        block.set(images.data.subarray(from * pixels, (from + rows) * pixels));
        const { features } = await executable.run({ images: array(block, [batchSize, 3, height, width]) });
        out.set((features as NDArray<"f32">).data.subarray(0, rows * vggWidth), from * vggWidth);
      }
      return array(out, [n, vggWidth]);
    },
  };
}

const network = (
  weights: ReturnType<typeof vggWeights>,
  size: { height: number; width: number },
): ReturnType<typeof trace> =>
  trace({ feeds: { images: f32(batchSize, 3, size.height, size.width) } }, ({ feeds }) => {
    const p = Object.fromEntries(Object.entries(weights).map(([name, value]) => [name, constant(value)]));
    const x = resized(feeds.images.mul(4).sub(2)); // variance near 1  [N,3,H',W']
    return { fetches: { features: vggFeatures(p, x) } };
  });

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
