import { GMemError } from "@gmem/tensor";
import sharp from "sharp";
import { resize } from "../resize/resize.ts";
import type { RgbImage } from "../resize/rgb-image.ts";

/** How much larger a drawing is made before it is shrunk. */
export const oversize = 8;

/**
 * A drawing on a ground: made large and shrunk by a box filter, because librsvg drops filters and thin lines at small sizes.
 * @param svg a document of `oversize` times `size` pixels
 */
export async function renderDrawing(
  svg: string,
  { size, background, name }: { readonly size: number; readonly background: string; readonly name: string },
): Promise<RgbImage> {
  const large = oversize * size;
  try {
    const { data, info } = await sharp(Buffer.from(svg))
      .flatten({ background })
      .toColourspace("srgb")
      .raw({ depth: "uchar" })
      .toBuffer({ resolveWithObject: true });
    return resize({ width: info.width, height: info.height, data }, { width: size, height: size, filter: "box" });
  } catch (cause) {
    throw new GMemError("DATA", `drawings: "${name}" must be a drawing of ${large} pixels that sharp makes`, { cause });
  }
}
