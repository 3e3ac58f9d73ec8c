import { antialiasedMatrix, resample } from "@gmem/encoders/resize";
import { linear, param } from "@gmem/nn";
import { clamp, conv2d, mean, type Named, ShapeError, slice, type Tensor } from "@gmem/tensor";
import {
  blockA,
  blockB,
  blockC,
  blockD,
  blockEAverage,
  blockEMax,
  type InceptionBlock,
  normedConv,
} from "./inception-blocks.ts";
import { overlappingMaxPool } from "./pooling.ts";
import { resizeBilinear } from "./resize-bilinear.ts";

/**
 * Whose pre-processing: `tf1` is the graph of 2015 that ADM's evaluator and the published numbers use, `pytorch-fid` its
 * PyTorch port, `clean-fid` Pillow's bicubic filter with antialiasing, channel by channel in float32. Statistics of one do not
 * compare with those of another.
 */
export type InceptionResize = "tf1" | "pytorch-fid" | "clean-fid";

/**
 * Images [N,3,H,W] in [0, 1] → the network's input [N,3,299,299] near [−1, 1]: bilinear without a filter for `tf1` and
 * `pytorch-fid`, bicubic and antialiased, then limited to [0, 1], for `clean-fid`; 2x − 1 for `pytorch-fid`,
 * (255x − 128)/128 for the others.
 * @throws {ShapeError} for anything but [N,3,H,W].
 * @example
 * const graph = trace({ feeds: { x: f32(1, 3, 32, 32) } }, ({ feeds }) => ({
 *   fetches: { y: inceptionInput(feeds.x, "tf1") }, // [1,3,299,299]
 * }));
 */
export function inceptionInput(x: Tensor, resize: InceptionResize): Tensor {
  if (x.rank !== 4 || x.shape[1] !== 3) throw new ShapeError("inceptionInput", "needs images [N,3,H,W]", [x.shape]);
  const [, , height, width] = x.shape as [number, number, number, number];
  const size = 299;
  const bytes = (y: Tensor): Tensor => y.mul(255 / 128).sub(1);
  if (resize === "tf1") return bytes(resizeBilinear(x, { size, sampling: "tf1" }));
  if (resize === "pytorch-fid") return resizeBilinear(x, { size, sampling: "half-pixel" }).mul(2).sub(1);
  return bytes(clamp(resample(x, antialiasedMatrix(height, size), antialiasedMatrix(width, size)), 0, 1));
}

/** What metrics read of the network, C as wide as the weights. */
export interface InceptionFeatures {
  /** After the first pooling [N,64,73,73]. */
  readonly block0: Tensor;
  /** After the second pooling [N,192,35,35]. */
  readonly block1: Tensor;
  /** After Mixed_6e [N,768,17,17]. */
  readonly block2: Tensor;
  /** `mixed_6/conv:0` of the original graph, the first 7 channels before normalisation [N,7,17,17] for sFID. */
  readonly spatial: Tensor;
  /** `pool_3` [N,2048] for FID, KID, precision and recall. */
  readonly pool: Tensor;
}

/** The blocks after the stem, by name. */
const tower: readonly (readonly [string, InceptionBlock])[] = [
  ["Mixed_5b", blockA],
  ["Mixed_5c", blockA],
  ["Mixed_5d", blockA],
  ["Mixed_6a", blockB],
  ["Mixed_6b", blockC],
  ["Mixed_6c", blockC],
  ["Mixed_6d", blockC],
  ["Mixed_6e", blockC],
  ["Mixed_7a", blockD],
  ["Mixed_7b", blockEAverage],
  ["Mixed_7c", blockEMax],
];

/**
 * The Inception v3 of FID, with the names of `pt_inception-2015-12-05-6726825d.pth`; widths are those of the weights.
 * @param x [N,3,299,299] from {@link inceptionInput}.
 * @throws {GMemError} code `WEIGHTS` for a missing parameter.
 * @example
 * // no-run
 * const graph = trace({ feeds: { x: f32(8, 3, 256, 256) }, state }, ({ feeds, state }) => ({
 *   fetches: { pool: inceptionFeatures(state, inceptionInput(feeds.x, "tf1")).pool }, // [8,2048]
 * }));
 */
export function inceptionFeatures(p: Named<Tensor>, x: Tensor): InceptionFeatures {
  let h = normedConv(p, "Conv2d_1a_3x3", x, { stride: 2 }); // [N,32,149,149]
  h = normedConv(p, "Conv2d_2a_3x3", h, { valid: true }); // [N,32,147,147]
  h = normedConv(p, "Conv2d_2b_3x3", h); // [N,64,147,147]
  const block0 = overlappingMaxPool(h, { window: 3, stride: 2 }); // [N,64,73,73]
  h = normedConv(p, "Conv2d_3b_1x1", block0); // [N,80,73,73]
  h = normedConv(p, "Conv2d_4a_3x3", h, { valid: true }); // [N,192,71,71]
  const block1 = overlappingMaxPool(h, { window: 3, stride: 2 }); // [N,192,35,35]
  const after: Record<string, Tensor> = {};
  h = block1;
  for (const [name, block] of tower) {
    h = block(p, name, h);
    after[name] = h;
  }
  const filters = param(p, "Mixed_6d.branch1x1.conv.weight"); // [192,768,1,1]
  return {
    block0,
    block1,
    block2: after.Mixed_6e as Tensor,
    spatial: conv2d(after.Mixed_6c as Tensor, slice(filters, 0, [0, Math.min(7, filters.shape[0] as number)])),
    pool: mean(h, { axes: [2, 3] }),
  };
}

/**
 * Logits of the 1,008 classes from `pool` [N,2048]. `fc.bias` is added where the parameters hold it; the Inception score of
 * the original graph is without: leave it out of the parameters.
 * @throws {GMemError} code `WEIGHTS` for a missing `fc.weight`.
 * @example
 * trace({ feeds: { x: f32(2, 8) }, state: { "fc.weight": f32(4, 8) } }, ({ feeds, state }) => ({
 *   fetches: { logits: inceptionLogits(state, feeds.x) }, // [2,4]
 * }));
 */
export const inceptionLogits = (p: Named<Tensor>, pool: Tensor): Tensor => linear(p, "fc", pool);
