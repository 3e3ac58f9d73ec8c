import { admCenterCrop, type RgbImage, resize } from "@gmem/datasets/folder";
import { GMemError } from "@gmem/tensor";

/**
 * How pictures come to one size before an extractor's own resize: `crop:256` by ADM's centre crop, `squeeze:256` by Pillow's
 * bicubic filter whatever the sides were, `none` (the default) not at all.
 */
export type PictureFit = "none" | `crop:${number}` | `squeeze:${number}`;

/** The fit of a word. @throws {GMemError} code `CONFIG` for any other. */
export function pictureFit(word: string): (image: RgbImage) => RgbImage {
  if (word === "none") return (image) => image;
  const [, how, digits] = /^(crop|squeeze):([1-9]\d{0,4})$/.exec(word) ?? [];
  const size = Number(digits);
  if (how === undefined)
    throw new GMemError(
      "CONFIG",
      `folders: resize must be none, crop:PIXELS (ADM's centre crop) or squeeze:PIXELS (to a square, Pillow's bicubic), got "${word}"`,
    );
  if (how === "crop") return (image) => admCenterCrop(image, size);
  return (image) => resize(image, { width: size, height: size, filter: "bicubic" });
}
