import { writeFile } from "node:fs/promises";
import { pathToFileURL } from "node:url";
import type { NDArray } from "@gmem/tensor";
import { pngGrid } from "gmem";

/** Writes pictures [N,3,H,W] ∈ [0,1] side by side, four times enlarged. */
export async function savePictures(file: string, images: NDArray<"f32">): Promise<void> {
  await writeFile(file, await pngGrid(images, { columns: images.shape[0] as number, scale: 4 }));
  process.stdout.write(`${file}\n`);
}

/** Runs a program when its file was started, not when it was imported. */
export async function runWhenMain(url: string, program: () => Promise<void>): Promise<void> {
  if (process.argv[1] !== undefined && url === pathToFileURL(process.argv[1]).href) await program();
}
