import { createHash } from "node:crypto";
import { readFile } from "node:fs/promises";
import { extname, join } from "node:path";
import { imageOpener, leftOutNames, scanFolder, UnusableImageError } from "@gmem/datasets/folder";
import { GMemError, stopIfAborted } from "@gmem/tensor";
import type { PictureSource } from "./pictures.ts";

/** The pictures of a folder and the folders in it, in the order of torchvision's ImageFolder. */
export async function folderSource(path: string): Promise<PictureSource> {
  const { images, others } = await scanFolder(path);
  const files = images.map(({ file }) => file);
  if (files.length === 0)
    throw new GMemError(
      "DATA",
      `folders: "${path}" must hold pictures, got ${leftOutNames(others, 3).join(", ") || "an empty folder"}; name another folder`,
    );
  const openImage = imageOpener();
  return {
    path,
    async content({ signal, onProgress } = {}) {
      const hash = createHash("sha256");
      for (const [at, file] of files.entries()) {
        stopIfAborted(signal, "folders: stopped by its signal");
        const bytes = await readFile(join(path, file)).catch(() => Buffer.from("unreadable"));
        hash.update(`${file}\0${bytes.length}\0`).update(bytes);
        onProgress?.({ stage: "digest", done: at + 1, total: files.length, note: path });
      }
      return hash.digest("hex").slice(0, 16);
    },
    async open() {
      const labelled = files.every((file) => file.includes("/"));
      const classOf = (file: string): string => file.slice(0, file.indexOf("/"));
      const classes = labelled ? [...new Set(files.map(classOf))] : [];
      return {
        length: files.length,
        classes,
        ...(labelled && { labels: files.map((file) => classes.indexOf(classOf(file))) }),
        idOf: (index) => files[index] as string,
        async read(index) {
          const file = files[index] as string;
          try {
            return { image: await openImage(join(path, file)), format: extname(file).slice(1).toLowerCase() };
          } catch (error) {
            if (!(error instanceof UnusableImageError)) throw error;
            return { leftOut: { file, kind: error.kind, reason: error.reason } };
          }
        },
      };
    },
  };
}
