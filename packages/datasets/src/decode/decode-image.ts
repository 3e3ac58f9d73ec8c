import { readFile } from "node:fs/promises";
import { GMemError } from "@gmem/tensor";
import sharp from "sharp";
import type { RgbImage } from "../resize/rgb-image.ts";

const FORMATS: readonly string[] = ["jpeg", "png", "webp"];

/**
 * Decodes a PNG, JPEG or WebP image to the bytes of Pillow's `Image.open(file).convert("RGB")`: grey becomes three equal
 * channels, CMYK is converted without a profile, alpha is dropped (not blended), colour profiles and the EXIF orientation
 * are not applied. Sixteen bits a channel are cut to the upper eight. Runs in libuv's worker threads.
 * @param source the file's bytes or its path
 * @throws {GMemError} code `DATA` if the file cannot be read or is corrupt, truncated or of another format.
 * @example
 * // no-run
 * const photo = await decodeImage("photo.jpg"); // { width, height, data: [H,W,3] bytes }
 */
export async function decodeImage(source: Uint8Array | string): Promise<RgbImage> {
  const where = typeof source === "string" ? ` "${source}"` : "";
  try {
    const bytes = typeof source === "string" ? await readFile(source) : source;
    const image = sharp(bytes, { failOn: "truncated", ignoreIcc: true });
    const { format, space } = await image.metadata();
    if (!FORMATS.includes(format)) throw new GMemError("DATA", `the format is ${format}`);
    if (space === "cmyk") image.pipelineColourspace("cmyk").toColourspace("cmyk");
    else image.removeAlpha().toColourspace("srgb");
    const { data, info } = await image.raw({ depth: "uchar" }).toBuffer({ resolveWithObject: true });
    return { width: info.width, height: info.height, data: asRgb(data, info.channels) };
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new GMemError(
      "DATA",
      `decodeImage: the file${where} must be a whole PNG, JPEG or WebP image, got: ${reason}`,
      { cause },
    );
  }
}

/** Pixels of 1 (grey), 3 (RGB) or 4 (CMYK) channels as RGB. */
function asRgb(data: Uint8Array, channels: number): Uint8Array {
  if (channels === 3) return new Uint8Array(data.buffer, data.byteOffset, data.length);
  const pixels = data.length / channels;
  const rgb = new Uint8Array(3 * pixels);
  for (let at = 0; at < pixels; at++) {
    const light = channels === 4 ? 255 - (data[4 * at + 3] as number) : 0;
    for (let channel = 0; channel < 3; channel++) {
      const value = data[channels * at + (channels === 4 ? channel : 0)] as number;
      rgb[3 * at + channel] = channels === 4 ? light - dividedBy255(value * light) : value;
    }
  }
  return rgb;
}

/** Rounded division by 255 of a product of two bytes. */
const dividedBy255 = (product: number): number => (product + 128 + ((product + 128) >> 8)) >> 8;
