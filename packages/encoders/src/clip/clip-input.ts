import { cast, clamp, constant, ShapeError, slice, type Tensor } from "@gmem/tensor";
import { antialiasedMatrix, bicubicMatrix } from "../resize/bicubic.ts";
import { normalise } from "../resize/normalise.ts";
import { resample } from "../resize/resample.ts";
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
  const short = Math.min(height, width);
  const [rows, columns] = [height, width].map((side) => Math.floor((size * side) / short)) as [number, number];
  const right = constant(antialiasedMatrix(width, columns)); // [w,W]
  const across = toBytes(x.mul(255).matmul(right, { transposeB: true })); // [N,3,H,w]
  const down = toBytes(constant(antialiasedMatrix(height, rows)).matmul(across)); // [N,3,h,w]
  const [top, left] = [halfOf(rows - size), halfOf(columns - size)];
  return slice(slice(down, 2, [top, top + size]), 3, [left, left + size]).div(255); // [N,3,S,S]
}

/** Rounded half up to whole numbers in 0…255, as Pillow after each pass. */
const toBytes = (x: Tensor): Tensor => cast(cast(clamp(x, 0, 255).add(0.5), "i32"), "f32");

/** n/2, rounded to the even neighbour as Python's `round`. */
function halfOf(n: number): number {
  const below = Math.floor(n / 2);
  return n % 2 === 1 && below % 2 === 1 ? below + 1 : below;
}
