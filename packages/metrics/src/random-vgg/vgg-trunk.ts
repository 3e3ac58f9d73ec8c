import { maxPool, normalInit } from "@gmem/nn";
import { concat, conv2d, mean, type Named, type NDArray, type Rng, relu, slice, type Tensor } from "@gmem/tensor";

/** Output channels of VGG-16's first seven convolutions; a stage ends with a 2×2 max-pool. */
const stages = [
  [64, 64],
  [128, 128],
  [256, 256, 256],
] as const;

/** Width of {@link vggFeatures}: the channels at the end of every stage. */
export const vggWidth = 448;

/** 3×3 filters `0.0` … `2.2` [out,in,3,3] ~ N(0, 2/(9·in)): He et al. 2015, which keeps the variance through ReLU. */
export function vggWeights(rng: Rng): Named<NDArray<"f32">> {
  const weights: Record<string, NDArray<"f32">> = {};
  let channels = 3;
  stages.forEach((widths, stage) => {
    widths.forEach((width, i) => {
      const name = `${stage}.${i}`;
      weights[name] = normalInit(rng.split(name), [width, channels, 3, 3], Math.sqrt(2 / (9 * channels)));
      channels = width;
    });
  });
  return weights;
}

/** The first three stages of VGG-16 (Simonyan & Zisserman 2015, D) without biases: x [N,3,H,W] → spatial means of each stage [N,448]. */
export function vggFeatures(p: Named<Tensor>, x: Tensor): Tensor {
  let h = x;
  const means: Tensor[] = [];
  stages.forEach((widths, stage) => {
    widths.forEach((_, i) => {
      h = relu(conv2d(h, p[`${stage}.${i}`] as Tensor, { padding: 1 })); // [N,width,h,w]
    });
    means.push(mean(h, { axes: [2, 3] })); // [N,width]
    h = maxPool(even(h), 2); // [N,width,h/2,w/2]
  });
  return concat(means, 1);
}

/** Without the last row or column of an odd side. */
function even(x: Tensor): Tensor {
  const [, , height, width] = x.shape as [number, number, number, number];
  return slice(slice(x, 2, [0, height - (height % 2)]), 3, [0, width - (width % 2)]);
}
