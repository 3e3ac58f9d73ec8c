import { type DecodeOptions, inspectImage, readImageFile } from "../decode/decode-image.ts";
import { semaphore } from "../decode/semaphore.ts";
import { UnusableImageError } from "../decode/unusable-image.ts";
import { admCenterCrop } from "../resize/adm-center-crop.ts";
import type { RgbImage } from "../resize/rgb-image.ts";

export interface OpenImageOptions extends DecodeOptions {
  /** Crop to a square of this many pixels (ADM centre crop); without it images keep their sizes. */
  readonly size?: number | undefined;
  /** Shortest side that a picture must have; default 1. */
  readonly minSize?: number;
}

/** How files become pixels, in words: part of what a dataset of them is known by. */
export const howOpened = ({ size, decode, background }: Required<DecodeOptions> & OpenImageOptions): string =>
  `${size === undefined ? "" : `${size} pixels, `}${decode === "seen" ? `as seen on ${background}` : decode}`;

/** Reads, decodes and crops one file. */
export type OpenImage = (path: string) => Promise<RgbImage>;

/** Files held in memory at once, and pixels of them decoded at once, 64 Mi or one picture. */
const mostFiles = 8;
const mostPixels = 2 ** 26;

/**
 * Opens image files under one budget of memory, however many are asked for at once.
 * @example
 * // no-run
 * const open = imageOpener({ size: 256 });
 * const photos = await Promise.all(["a.jpg", "b.jpg"].map(open)); // 256×256 each; UnusableImageError for what is no picture
 */
export function imageOpener(options: OpenImageOptions = {}): OpenImage {
  const open = pictureOpener(options);
  return (path) => open(() => readImageFile(path), ` "${path}"`);
}

/** {@link imageOpener} of bytes that are read when there is room for them. */
export function pictureOpener({
  size,
  minSize = 1,
  ...options
}: OpenImageOptions): (read: () => Promise<Uint8Array>, where: string) => Promise<RgbImage> {
  const files = semaphore(mostFiles);
  const pixels = semaphore(mostPixels);
  return (read, where) =>
    files(1, async () => {
      const image = await inspectImage(await read(), { ...options, where });
      const { width, height } = image;
      if (Math.min(width, height) < minSize)
        throw new UnusableImageError("too small", `${width}×${height} pixels, needs ${minSize} on the shorter side`, {
          where,
        });
      return pixels(width * height, async () => {
        const whole = await image.pixels();
        return size === undefined ? whole : admCenterCrop(whole, size);
      });
    });
}
