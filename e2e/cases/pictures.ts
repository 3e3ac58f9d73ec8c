import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { decodeImage, type RgbImage } from "@gmem/datasets/folder";
import { key } from "@gmem/tensor";
import sharp from "sharp";
import { demand } from "./expect.ts";

/** A written picture. @throws {Error} if it is one colour only: a picture of numbers that are not finite is black */
export async function picture(file: string): Promise<RgbImage> {
  const image = await decodeImage(await readFile(file));
  demand(new Set(image.data).size > 1, `${file} to be more than one colour`, image.data[0]);
  return image;
}

/** Writes a picture of noise, in the format that the file's name asks for. */
export async function noisePicture(
  file: string,
  seed: number,
  [width, height]: readonly [number, number],
): Promise<void> {
  const data = Uint8Array.from(key(seed).uniform([height * width * 3]).data, (value) => 255 * value);
  await sharp(data, { raw: { width, height, channels: 3 } }).toFile(file);
}

/** Mean colour of the upper left, upper right, lower left and lower right quarter, [4][3]. */
export function quarters({ width, height, data }: RgbImage): readonly (readonly number[])[] {
  const [w, h] = [width / 2, height / 2];
  return [
    [0, 0],
    [0, 1],
    [1, 0],
    [1, 1],
  ].map(([down = 0, right = 0]) =>
    [0, 1, 2].map((channel) => {
      let sum = 0;
      for (let y = 0; y < h; y++)
        for (let x = 0; x < w; x++) sum += data[((down * h + y) * width + right * w + x) * 3 + channel] ?? Number.NaN;
      return sum / (w * h);
    }),
  );
}

/** Every file below a folder with its bytes, as text: equal before and after a command that changed nothing. */
export async function bytesBelow(folder: string): Promise<ReadonlyMap<string, string>> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  const files = entries.filter((entry) => entry.isFile()).map(({ parentPath, name }) => join(parentPath, name));
  return new Map(await Promise.all(files.sort().map(async (file) => [file, await readFile(file, "base64")] as const)));
}
