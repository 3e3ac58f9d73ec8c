import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { NDArray } from "@gmem/tensor";

/** Features [rows,width] whose spectrum falls as that of image features does; a cheap generator, not a statistical one. */
export function features(rows: number, width: number): NDArray<"f32"> {
  const data = new Float32Array(rows * width);
  const scale = Float32Array.from({ length: width }, (_, j) => 0.05 + Math.exp(-j / 60));
  let state = 1;
  for (let at = 0; at < data.length; at++) {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    data[at] = (state / 2 ** 32 - 0.5) * (scale[at % width] as number);
  }
  return { dtype: "f32", shape: [rows, width], data };
}

/** Runs with a temporary folder that is removed afterwards. */
export async function inFolder<T>(work: (folder: string) => Promise<T>): Promise<T> {
  const folder = await mkdtemp(join(tmpdir(), "gmem-bench-"));
  try {
    return await work(folder);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/** Numbers as raw bytes, for peers to read. */
export const writeRaw = (path: string, data: Float32Array | Float64Array): Promise<void> =>
  writeFile(path, Buffer.from(data.buffer, data.byteOffset, data.byteLength));
