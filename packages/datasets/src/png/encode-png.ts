import type { NDArray } from "@gmem/tensor";
import sharp from "sharp";
import { type RgbImage, toBytes } from "../resize/rgb-image.ts";

/**
 * An image as the bytes of a PNG file; every 8-bit value survives.
 * @param image [3,H,W] with values in [0, 1] (others are clamped), or bytes [H,W,3]
 * @example
 * const file = await encodePng(zeros([3, 8, 8]));
 */
export async function encodePng(image: NDArray<"f32"> | RgbImage): Promise<Uint8Array> {
  const { width, height, data } = "shape" in image ? toBytes(image) : image;
  return new Uint8Array(
    await sharp(data, { raw: { width, height, channels: 3 } })
      .png()
      .toBuffer(),
  );
}
