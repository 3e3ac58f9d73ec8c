import sharp, { type Sharp } from "sharp";
import type { RgbImage } from "../src/folder/index.ts";

/** The size of {@link picture}. */
const [width, height] = [24, 16];

/** 24×16 pixels, 4 blocks: red and green above, blue and white below. Survives JPEG in the middle of each block. */
export function picture(): Sharp {
  const data = new Uint8Array(3 * width * height);
  for (let y = 0; y < height; y++)
    for (let x = 0; x < width; x++) data.set(blockColour(x < width / 2, y < height / 2), 3 * (y * width + x));
  return sharp(data, { raw: { width, height, channels: 3 } });
}

function blockColour(left: boolean, upper: boolean): readonly number[] {
  if (upper) return left ? [230, 20, 20] : [20, 200, 20];
  return left ? [20, 20, 230] : [250, 250, 250];
}

/** R, G and B in the middle of each quarter: upper left, upper right, lower left, lower right. */
export function quarters(image: RgbImage): number[][] {
  const at = (x: number, y: number): number[] => {
    const from = 3 * (Math.floor(y * image.height) * image.width + Math.floor(x * image.width));
    return [...image.data.subarray(from, from + 3)];
  };
  return [at(0.25, 0.25), at(0.75, 0.25), at(0.25, 0.75), at(0.75, 0.75)];
}
