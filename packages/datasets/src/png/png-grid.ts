import { GMemError, type NDArray, ShapeError } from "@gmem/tensor";
import { type RgbImage, toBytes } from "../resize/rgb-image.ts";
import { encodePng } from "./encode-png.ts";

export interface PngGridOptions {
  /** Images in a row; by default as square as possible. */
  readonly columns?: number;
  /** Screen pixels for one image pixel, in each direction. */
  readonly scale?: number;
  /** White pixels between images and around them. */
  readonly gap?: number;
}

/**
 * Images side by side, row by row, as the bytes of a PNG file.
 * @param images [N,3,H,W], values in [0, 1] (others are clamped)
 * @throws {ShapeError} if the images are not [N,3,H,W]; {GMemError} code `CONFIG` for counts that cannot be,
 * `NON_FINITE` for pixels that are not finite.
 * @example
 * const file = await pngGrid(zeros([6, 3, 16, 16]), { columns: 3, scale: 8 });
 */
export async function pngGrid(images: NDArray<"f32">, options: PngGridOptions = {}): Promise<Uint8Array> {
  const [count, channels, height, width] = images.shape;
  if (images.shape.length !== 4 || !count || channels !== 3 || !height || !width)
    throw new ShapeError("pngGrid", "needs images [N,3,H,W]", [images.shape]);
  const { columns = Math.ceil(Math.sqrt(count)), scale = 1, gap = 2 } = options;
  for (const [name, value, least] of [
    ["columns", columns, 1],
    ["scale", scale, 1],
    ["gap", gap, 0],
  ] as const)
    if (!Number.isInteger(value) || value < least)
      throw new GMemError("CONFIG", `pngGrid: ${name} must be a whole number of ${least} or more, got ${value}`);
  const across = Math.min(columns, count);
  const sheet = {
    width: gap + across * (width * scale + gap),
    height: gap + Math.ceil(count / across) * (height * scale + gap),
  };
  const page: RgbImage = { ...sheet, data: new Uint8Array(3 * sheet.width * sheet.height).fill(255) };
  const size = 3 * height * width;
  for (let n = 0; n < count; n++) {
    const tile = toBytes({
      dtype: "f32",
      shape: [3, height, width],
      data: images.data.subarray(n * size, (n + 1) * size),
    });
    const left = gap + (n % across) * (width * scale + gap);
    paste(page, tile, { left, top: gap + Math.floor(n / across) * (height * scale + gap), scale });
  }
  return encodePng(page);
}

/** Copies an image onto the page, each pixel as a square. */
function paste(page: RgbImage, tile: RgbImage, at: { left: number; top: number; scale: number }): void {
  for (let row = 0; row < tile.height * at.scale; row++)
    for (let column = 0; column < tile.width * at.scale; column++) {
      const from = 3 * (Math.floor(row / at.scale) * tile.width + Math.floor(column / at.scale));
      page.data.set(tile.data.subarray(from, from + 3), 3 * ((at.top + row) * page.width + at.left + column));
    }
}
