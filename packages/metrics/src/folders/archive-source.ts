import { extname } from "node:path";
import { imageArchive } from "@gmem/datasets/archive";
import { toBytes } from "@gmem/datasets/folder";
import { fileDigest } from "./file-digest.ts";
import type { PictureSource } from "./pictures.ts";

/** The pictures of tar or parquet files, or of a folder of them. */
export const archiveSource = (path: string, onBad: "refuse" | "skip"): PictureSource => ({
  path,
  content: (options) => fileDigest(path, options),
  async open({ signal, onProgress } = {}) {
    const archive = await imageArchive(path, {
      onBad,
      ...(signal && { signal }),
      onProgress: (done, total) => onProgress?.({ stage: "pictures", done, total, note: path }),
    });
    const ids: string[] = [];
    return {
      length: archive.length,
      classes: archive.classes,
      ...(archive.labels && { labels: archive.labels }),
      idOf: (index) => ids[index] ?? `${index}`,
      async read(index) {
        const { image, id } = await archive.at(index);
        ids[index] = id;
        return { image: toBytes(image), format: extname(id).slice(1).toLowerCase() || "parquet" };
      },
    };
  },
});
