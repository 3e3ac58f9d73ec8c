import { createHash } from "node:crypto";
import { createReadStream } from "node:fs";
import { readdir, stat } from "node:fs/promises";
import { join } from "node:path";
import { stopIfAborted } from "@gmem/tensor";
import type { ReadingOptions } from "./pictures.ts";

/** 16 hex digits over the bytes of a file, or of the files of a folder by name. */
export async function fileDigest(path: string, { signal, onProgress }: ReadingOptions = {}): Promise<string> {
  const isFolder = (await stat(path)).isDirectory();
  const files = isFolder ? (await readdir(path)).sort().map((name) => join(path, name)) : [path];
  const hash = createHash("sha256");
  for (const [at, file] of files.entries()) {
    for await (const chunk of createReadStream(file, { highWaterMark: 2 ** 20 })) {
      stopIfAborted(signal, "folders: stopped by its signal");
      hash.update(chunk as Uint8Array);
    }
    onProgress?.({ stage: "digest", done: at + 1, total: files.length, note: path });
  }
  return hash.digest("hex").slice(0, 16);
}
