import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { encodePng } from "@gmem/datasets/png";
import { array, key } from "@gmem/tensor";

export interface PicturesOptions {
  readonly count: number;
  readonly height: number;
  readonly width: number;
  readonly seed: number;
  /** Added to the brightness. */
  readonly shift: number;
}

/** A folder of smooth coloured pictures as PNG. */
export async function writePictures(folder: string, options: PicturesOptions): Promise<void> {
  const { count, height, width, seed, shift } = options;
  await mkdir(folder);
  for (let i = 0; i < count; i++) {
    const waves = key(seed).split(i).uniform([3, 4]).data;
    const wave = (c: number, k: number): number => waves[c * 4 + k] as number;
    const data = Float32Array.from({ length: 3 * height * width }, (_, at) => {
      const [c, y, x] = [Math.floor(at / (height * width)), Math.floor(at / width) % height, at % width];
      return 0.5 + shift + 0.4 * Math.sin(6 * wave(c, 0) + y * wave(c, 1) + x * wave(c, 2)) * wave(c, 3);
    });
    await writeFile(
      join(folder, `${String(i).padStart(3, "0")}.png`),
      await encodePng(array(data, [3, height, width])),
    );
  }
}
