import { ShapeError, type Tensor } from "@gmem/tensor";
import { antialiasedMatrix, bicubicMatrix } from "../resize/bicubic.ts";
import { normalise } from "../resize/normalise.ts";
import { pillowResample } from "../resize/pillow.ts";
import { resample } from "../resize/resample.ts";
import { centreCrop, shortSideSize } from "../resize/short-side.ts";
import type { ClipConfig } from "./config.ts";

/** Of CLIP's training images. */
const statistics = {
  mean: [0.48145466, 0.4578275, 0.40821073],
  std: [0.26862954, 0.26130258, 0.27577711],
} as const;

/**
 * Images x [N,3,H,W] in [0, 1] → what the network was trained on, [N,3,S,S], by one of the two ways of {@link ClipInput}.
 * @throws {ShapeError} if `torch-bicubic` gets images that are not square.
 * @example
 * trace({ feeds: { x: f32(1, 3, 256, 320) } }, ({ feeds }) => ({
 *   fetches: { y: clipInput(feeds.x, clipL14) }, // [1,3,224,224]
 * }));
 */
export function clipInput(x: Tensor, { input, imageSize }: Pick<ClipConfig, "input" | "imageSize">): Tensor {
  const sized = input === "pillow-crop" ? pillowCrop(x, imageSize) : torchBicubic(x, imageSize);
  return normalise(sized, statistics);
}

function torchBicubic(x: Tensor, size: number): Tensor {
  const [, , height, width] = x.shape as [number, number, number, number];
  if (height !== width)
    throw new ShapeError("clipInput", "torch-bicubic needs square images; crop others to their centre first", [
      x.shape,
    ]);
  const matrix = bicubicMatrix(height, size);
  return resample(x, matrix, matrix); // [N,3,S,S]
}

/** torchvision's Resize and CenterCrop of a Pillow image. [N,3,H,W] → [N,3,S,S]. */
function pillowCrop(x: Tensor, size: number): Tensor {
  const [, , height, width] = x.shape as [number, number, number, number];
  const [rows, columns] = shortSideSize([height, width], size);
  const sized = pillowResample(x, antialiasedMatrix(height, rows), antialiasedMatrix(width, columns)); // [N,3,h,w]
  return centreCrop(sized, size); // [N,3,S,S]
}
