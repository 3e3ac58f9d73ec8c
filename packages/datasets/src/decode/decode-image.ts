import { readFile } from "node:fs/promises";
import { GMemError } from "@gmem/tensor";
import sharp from "sharp";
import type { RgbImage } from "../resize/rgb-image.ts";
import { checkPng } from "./check-png.ts";
import { checkTiff } from "./check-tiff.ts";
import { cutShort } from "./cut-short.ts";
import { type ImageKind, imageKind } from "./image-kind.ts";
import { UnusableImageError } from "./unusable-image.ts";

/** How the bytes of a file become pixels. */
export interface DecodeOptions {
  /**
   * `seen` (the default): as a person sees the picture. It is turned upright as EXIF says, transparency is blended on
   * `background`, colour profiles are converted to sRGB, and of several frames the first is taken. `pillow`: the bytes of
   * Pillow's `Image.open(file).convert("RGB")`, for comparison with code that trains on them: JPEG, PNG and WebP only, not
   * turned, alpha dropped, profiles ignored.
   */
  readonly decode?: "seen" | "pillow";
  /** What shows through transparency, `#rrggbb`; default white. */
  readonly background?: string;
}

/** A picture whose header has been read. */
export interface InspectedImage {
  readonly width: number;
  readonly height: number;
  pixels(): Promise<RgbImage>;
}

/** Pixels of the largest picture that is decoded, 16383². */
const mostPixels = 0x3fff ** 2;
const ofPillow: readonly ImageKind[] = ["jpeg", "png", "webp"];

/**
 * Decodes a JPEG, PNG, WebP, GIF, AVIF or TIFF picture, by default as a person sees it. Grey becomes three equal channels,
 * CMYK without a profile the naive complement. Sixteen bits a channel are cut to the upper eight. Runs in libuv's worker
 * threads.
 * @param source the file's bytes or its path
 * @throws {UnusableImageError} if the file cannot be read, is corrupt, truncated or of another format.
 * @example
 * // no-run
 * const photo = await decodeImage("photo.jpg"); // { width, height, data: [H,W,3] bytes }
 */
export async function decodeImage(source: Uint8Array | string, options: DecodeOptions = {}): Promise<RgbImage> {
  if (typeof source !== "string") return (await inspectImage(source, options)).pixels();
  return (await inspectImage(await readImageFile(source), { ...options, where: ` "${source}"` })).pixels();
}

/** @throws {UnusableImageError} if the file cannot be read. */
export async function readImageFile(path: string): Promise<Uint8Array> {
  try {
    return await readFile(path);
  } catch (error) {
    const { code = "", message } = error as NodeJS.ErrnoException;
    throw new UnusableImageError("unreadable", faults[code] ?? message, { where: ` "${path}"` });
  }
}

/** Why a file cannot be read, in words. */
const faults: Readonly<Record<string, string>> = {
  ENOENT: "no such file",
  ENOTDIR: "no such file",
  EISDIR: "a folder",
  EACCES: "permission denied",
};

/**
 * Looks at a picture's header. What is no picture is refused by its first bytes and parsed by nothing.
 * @throws {UnusableImageError} as {@link decodeImage}
 */
export async function inspectImage(
  bytes: Uint8Array,
  options: DecodeOptions & { readonly where?: string } = {},
): Promise<InspectedImage> {
  const { decode = "seen", background = "#ffffff", where = "" } = options;
  if (!/^#[0-9a-f]{6}$/i.test(background))
    throw new GMemError("CONFIG", `decodeImage: background must be a colour such as #ffffff, got "${background}"`);
  const unusable = (kind: string, detail = ""): UnusableImageError => new UnusableImageError(kind, detail, { where });
  const found = imageKind(bytes);
  if ("other" in found) throw unusable(found.other, found.detail);
  const { kind } = found;
  const seen = decode === "seen";
  if (!seen && !ofPillow.includes(kind))
    throw unusable(kind.toUpperCase(), 'read as seen only, not with decode "pillow"');
  const fault = kind === "png" ? checkPng(bytes) : kind === "tiff" ? checkTiff(bytes) : undefined;
  if (fault) throw unusable(...fault);
  const open = () =>
    sharp(bytes, { failOn: "truncated", ignoreIcc: !seen, autoOrient: seen, limitInputPixels: mostPixels });
  // libvips keeps one list of messages for all threads: its words may be about another file, so ours say what happened
  const undecodable = (): UnusableImageError =>
    cutShort(kind, bytes)
      ? unusable("cut short", `the ${kind.toUpperCase()} data ends early`)
      : unusable("damaged", `the ${kind.toUpperCase()} data cannot be decoded`);
  const header = await open()
    .metadata()
    .catch(() => {
      throw undecodable();
    });
  if (header.format !== (kind === "avif" ? "heif" : kind)) throw undecodable();
  const { width, height } = seen ? header.autoOrient : header;
  if (width * height > mostPixels) throw unusable("too large", `${width}×${height} pixels, read are ${mostPixels}`);
  const isNaive = header.space === "cmyk" && !(seen && header.icc);
  return {
    width,
    height,
    async pixels() {
      const image = open();
      if (isNaive) image.removeAlpha().pipelineColourspace("cmyk").toColourspace("cmyk");
      else if (seen) image.flatten({ background }).toColourspace("srgb");
      else image.removeAlpha().toColourspace("srgb");
      try {
        const { data, info } = await image.raw({ depth: "uchar" }).toBuffer({ resolveWithObject: true });
        return { width: info.width, height: info.height, data: asRgb(data, info.channels) };
      } catch {
        throw undecodable();
      }
    },
  };
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
