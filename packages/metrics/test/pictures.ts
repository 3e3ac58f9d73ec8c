import { mkdir, mkdtemp, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { encodePng } from "@gmem/datasets/png";
import type { FeatureExtractor } from "@gmem/spec";
import { array, key, type NDArray } from "@gmem/tensor";
import { writeSafetensors } from "@gmem/weights";

/** A folder of this test. */
export const scratch = (): Promise<string> => mkdtemp(join(tmpdir(), "gmem-sets-"));

/** Bytes of n noisy pictures [N,side,side,3], lighter from picture to picture; no two are equal. */
export function pictureBytes(n: number, seed: number, side = 4): Uint8Array {
  const noise = key(seed).uniform([n * side * side * 3]).data;
  return Uint8Array.from(noise, (x, i) => Math.floor(200 * x + (55 * i) / noise.length));
}

/** PNG files in two folders in a folder. */
export async function writePictures(folder: string, bytes: Uint8Array, side = 4): Promise<void> {
  const size = side * side * 3;
  for (let i = 0; i < bytes.length / size; i++) {
    const file = join(folder, i % 2 === 0 ? "even" : "odd/deeper", `${String(i).padStart(4, "0")}.png`);
    await mkdir(dirname(file), { recursive: true });
    const data = bytes.slice(i * size, (i + 1) * size);
    await writeFile(file, await encodePng({ width: side, height: side, data }));
  }
}

/** The same as an array file. */
export async function writeArray(path: string, bytes: Uint8Array, side = 4): Promise<void> {
  const pictures = array(Int32Array.from(bytes), [bytes.length / (side * side * 3), side, side, 3], "i32");
  await writeSafetensors(path, { pictures });
}

export interface CountingExtractor extends FeatureExtractor {
  /** Pictures that it has seen. */
  readonly seen: () => number;
}

/** Means of the channels of both halves of a picture, [N,6]; stops with an error after so many pictures. */
export function halfMeans(options: { readonly id?: string; readonly until?: number } = {}): CountingExtractor {
  const { id = "half-means-1", until = Number.POSITIVE_INFINITY } = options;
  let seen = 0;
  return {
    name: "half-means",
    id,
    widths: { features: 6 },
    seen: () => seen,
    async extract(images) {
      const n = images.shape[0] as number;
      if (seen + n > until) throw new RangeError("killed");
      seen += n;
      return { features: means(images, n) };
    },
  };
}

function means(images: NDArray<"f32">, n: number): NDArray<"f32"> {
  const half = images.data.length / n / 6;
  const data = new Float32Array(n * 6);
  images.data.forEach((x, i) => {
    data[Math.floor(i / half)] = (data[Math.floor(i / half)] as number) + x / half;
  });
  return array(data, [n, 6]);
}
