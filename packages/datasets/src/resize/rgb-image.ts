import { checkFinite, type NDArray, ShapeError } from "@gmem/tensor";

/** Eight-bit RGB pixels, row by row, three bytes a pixel: [H,W,3]. */
export interface RgbImage {
  readonly width: number;
  readonly height: number;
  readonly data: Uint8Array;
}

/** [H,W,3] bytes → [3,H,W] in [0, 1]. */
export function toArray(image: RgbImage): NDArray<"f32"> {
  const pixels = image.width * image.height;
  const data = new Float32Array(3 * pixels);
  for (let at = 0; at < pixels; at++)
    for (let channel = 0; channel < 3; channel++)
      data[channel * pixels + at] = (image.data[3 * at + channel] as number) / 255;
  return { dtype: "f32", shape: [3, image.height, image.width], data };
}

/**
 * [3,H,W] in [0, 1] → [H,W,3] bytes: trunc(clamp(255·x + 0.5, 0, 255)), as SiT and GMem save samples.
 * @throws {GMemError} code `NON_FINITE` for pixels that are not finite: they would be black or white.
 */
export function toBytes(image: NDArray<"f32">): RgbImage {
  const [channels, height, width] = image.shape;
  if (image.shape.length !== 3 || channels !== 3 || height === undefined || width === undefined)
    throw new ShapeError("toBytes", "needs an image [3,H,W]", [image.shape]);
  checkFinite({ pixels: image }, { where: "toBytes", remedy: "check what drew them" });
  const pixels = width * height;
  const data = new Uint8Array(3 * pixels);
  for (let at = 0; at < pixels; at++)
    for (let channel = 0; channel < 3; channel++)
      data[3 * at + channel] = Math.min(255, Math.max(0, 255 * (image.data[channel * pixels + at] as number) + 0.5));
  return { width, height, data };
}
