import { GMemError, roundHalfEven } from "@gmem/tensor";
import { resize } from "./resize.ts";
import type { RgbImage } from "./rgb-image.ts";

/**
 * The centre crop of ADM (Dhariwal & Nichol 2021), which DiT, SiT and GMem share: halve with a box filter while the
 * shorter side is at least 2·size, resize it to `size` (bicubic, Pillow's bytes), cut the middle square.
 * @throws {GMemError} code `CONFIG` if `size` is no whole number of 1 or more.
 * @example
 * const photo = { width: 6, height: 4, data: new Uint8Array(72).fill(128) };
 * const square = admCenterCrop(photo, 2); // 2×2
 */
export function admCenterCrop(image: RgbImage, size: number): RgbImage {
  if (!Number.isInteger(size) || size < 1)
    throw new GMemError("CONFIG", `admCenterCrop: size must be a whole number of 1 or more, got ${size}`);
  let small = image;
  while (Math.min(small.width, small.height) >= 2 * size)
    small = resize(small, { width: small.width >> 1, height: small.height >> 1, filter: "box" });
  const scale = size / Math.min(small.width, small.height);
  const width = roundHalfEven(small.width * scale);
  const height = roundHalfEven(small.height * scale);
  return crop(resize(small, { width, height, filter: "bicubic" }), size);
}

function crop(image: RgbImage, size: number): RgbImage {
  const left = (image.width - size) >> 1;
  const top = (image.height - size) >> 1;
  if (left === 0 && top === 0 && image.width === size && image.height === size) return image;
  const data = new Uint8Array(3 * size * size);
  for (let row = 0; row < size; row++) {
    const from = 3 * ((top + row) * image.width + left);
    data.set(image.data.subarray(from, from + 3 * size), 3 * row * size);
  }
  return { width: size, height: size, data };
}
