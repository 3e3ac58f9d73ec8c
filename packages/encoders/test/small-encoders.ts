import { type Aval, key, type Named, type NDArray } from "@gmem/tensor";
import { type ClipConfig, clipB32 } from "../src/clip/index.ts";
import { type Dinov2Config, dinov2S } from "../src/dinov2/index.ts";

/** Untrained weights, 0.3 · N(0, 1). */
export const untrained = (parameters: Named<Aval>): Named<NDArray> =>
  Object.fromEntries(
    Object.entries(parameters).map(([name, { shape }]) => {
      const drawn = key(5).split(name).normal(shape);
      return [name, { ...drawn, data: drawn.data.map((value) => 0.3 * value) }];
    }),
  );

/** A DINOv2 of images of 28 pixels, taken from 32. */
export const smallDinov2: Dinov2Config = {
  ...dinov2S,
  depth: 2,
  hiddenSize: 16,
  heads: 2,
  registers: 4,
  patchSize: 7,
  positionGrid: 6,
  input: { from: 32, to: 28 },
};

/** A CLIP of images of 16 pixels. */
export const smallClip: ClipConfig = {
  ...clipB32,
  dim: 6,
  imageSize: 16,
  patchSize: 8,
  vision: { depth: 2, hiddenSize: 16, heads: 2 },
};
