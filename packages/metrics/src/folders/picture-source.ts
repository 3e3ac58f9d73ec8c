import { stat } from "node:fs/promises";
import { isArchive } from "@gmem/datasets/archive";
import { GMemError } from "@gmem/tensor";
import { archiveSource } from "./archive-source.ts";
import { arraySource } from "./array-source.ts";
import { folderSource } from "./folder-source.ts";
import type { PictureSource } from "./pictures.ts";

/**
 * The pictures that a path stands for: a folder with folders in it, `.tar` or `.parquet`, `.npz` (`arr_0`, as ADM's scripts
 * write samples) or `.safetensors`.
 * @throws {GMemError} code `DATA` for what does not exist, is none of these or is empty.
 */
export async function pictureSource(
  path: string,
  options: { readonly onBad?: "refuse" | "skip" } = {},
): Promise<PictureSource> {
  const found = await stat(path).catch(() => undefined);
  const refuse = (got: string): GMemError =>
    new GMemError(
      "DATA",
      `folders: pictures must be a folder, .npz, .safetensors, .tar or .parquet, got "${path}", ${got}`,
    );
  if (!found) throw refuse("which does not exist");
  if (await isArchive(path)) return archiveSource(path, options.onBad ?? "refuse");
  if (found.isDirectory()) return folderSource(path);
  if (/\.(npz|safetensors)$/.test(path)) return arraySource(path);
  throw refuse("another file");
}
