import { GMemError } from "@gmem/tensor";
import { type FilterName, filters } from "./filters.ts";
import { halve } from "./halve.ts";
import type { RgbImage } from "./rgb-image.ts";

export interface ResizeOptions {
  readonly width: number;
  readonly height: number;
  readonly filter: FilterName;
}

/**
 * Resamples an image with the bytes that Pillow gives (`Image.resize`): antialiased, horizontal pass then vertical, both in
 * 22-bit fixed point and rounded to bytes. A side that keeps its length is not filtered.
 * @throws {GMemError} code `CONFIG` for a size below 1 or an unknown filter.
 * @example
 * const image = { width: 2, height: 1, data: Uint8Array.of(0, 0, 0, 255, 255, 255) };
 * const wide = resize(image, { width: 4, height: 1, filter: "bicubic" });
 */
export function resize(image: RgbImage, options: ResizeOptions): RgbImage {
  const { width, height, filter } = options;
  if (!(Number.isInteger(width) && Number.isInteger(height) && width > 0 && height > 0))
    throw new GMemError(
      "CONFIG",
      `resize: width and height must be whole numbers of 1 or more, got ${width}×${height}`,
    );
  if (!Object.hasOwn(filters, filter))
    throw new GMemError("CONFIG", `resize: filter must be one of ${Object.keys(filters).join(", ")}, got ${filter}`);
  if (image.data.length !== 3 * image.width * image.height)
    throw new GMemError(
      "DATA",
      `resize: ${image.width}×${image.height} pixels need three bytes each, got ${image.data.length} bytes`,
    );
  if (filter === "box" && image.width === 2 * width && image.height === 2 * height) return halve(image);
  const narrow = width === image.width ? image : horizontally(image, taps(image.width, width, filter));
  return height === image.height ? narrow : vertically(narrow, taps(image.height, height, filter));
}

const PRECISION = 22;
const HALF = 1 << (PRECISION - 1);

/** For each output position its first source position, how many there are, and their fixed-point weights. */
interface Taps {
  readonly starts: Int32Array;
  readonly counts: Int32Array;
  /** [outputs, stride]. */
  readonly weights: Int32Array;
  readonly stride: number;
}

function taps(from: number, to: number, name: FilterName): Taps {
  const filter = filters[name];
  const scale = from / to;
  const stretch = Math.max(1, scale); // shrinking widens the kernel
  const support = filter.support * stretch;
  const stride = 2 * Math.ceil(support) + 1;
  const starts = new Int32Array(to);
  const counts = new Int32Array(to);
  const weights = new Int32Array(to * stride);
  const exact = new Float64Array(stride);
  for (let out = 0; out < to; out++) {
    const centre = (out + 0.5) * scale;
    const start = Math.max(0, Math.trunc(centre - support + 0.5));
    const count = Math.min(from, Math.trunc(centre + support + 0.5)) - start;
    let total = 0;
    for (let i = 0; i < count; i++) {
      exact[i] = filter.weight((i + start - centre + 0.5) * (1 / stretch));
      total += exact[i] as number;
    }
    for (let i = 0; i < count; i++) {
      const weight = total === 0 ? 0 : (exact[i] as number) / total;
      weights[out * stride + i] = Math.trunc((weight < 0 ? -0.5 : 0.5) + weight * 2 ** PRECISION);
    }
    starts[out] = start;
    counts[out] = count;
  }
  return { starts, counts, weights, stride };
}

const toByte = (sum: number): number => {
  const value = sum >> PRECISION;
  return Math.min(255, Math.max(0, value));
};

function horizontally(image: RgbImage, { starts, counts, weights, stride }: Taps): RgbImage {
  const width = starts.length;
  const source = image.data;
  const data = new Uint8Array(3 * width * image.height);
  for (let row = 0; row < image.height; row++) {
    let to = 3 * row * width;
    for (let out = 0; out < width; out++) {
      let at = 3 * (row * image.width + (starts[out] as number));
      const first = out * stride;
      const end = first + (counts[out] as number);
      let r = HALF;
      let g = HALF;
      let b = HALF;
      for (let tap = first; tap < end; tap++, at += 3) {
        const weight = weights[tap] as number;
        r += (source[at] as number) * weight;
        g += (source[at + 1] as number) * weight;
        b += (source[at + 2] as number) * weight;
      }
      data[to++] = toByte(r);
      data[to++] = toByte(g);
      data[to++] = toByte(b);
    }
  }
  return { width, height: image.height, data };
}

function vertically(image: RgbImage, { starts, counts, weights, stride }: Taps): RgbImage {
  const height = starts.length;
  const pitch = 3 * image.width;
  const data = new Uint8Array(pitch * height);
  const sums = new Int32Array(pitch);
  for (let out = 0; out < height; out++) {
    sums.fill(HALF);
    for (let i = 0; i < (counts[out] as number); i++) {
      const weight = weights[out * stride + i] as number;
      let at = ((starts[out] as number) + i) * pitch;
      for (let column = 0; column < pitch; column++)
        sums[column] = (sums[column] as number) + (image.data[at++] as number) * weight;
    }
    let to = out * pitch;
    for (let column = 0; column < pitch; column++) data[to++] = toByte(sums[column] as number);
  }
  return { width: image.width, height, data };
}
