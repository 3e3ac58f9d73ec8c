import { createHash } from "node:crypto";
import { createReadStream } from "node:fs";
import { readFile, stat } from "node:fs/promises";
import { dirname, join } from "node:path";
import { GMemError, stopIfAborted } from "@gmem/tensor";
import { externalFiles } from "./external-files.ts";

/**
 * 16 hex digits over the content of an ONNX file and of the files beside it that hold its tensors, whatever their names.
 * @throws {GMemError} code `WEIGHTS` if one of them is missing, `FORMAT` for something else than ONNX, `ABORTED`.
 */
export async function hashOnnxFile(path: string, signal?: AbortSignal): Promise<string> {
  const bytes = await reading(path, () => readFile(path, signal ? { signal } : {}), signal);
  const hash = createHash("sha256");
  const beside = externalFiles(path, bytes).map((location) => join(dirname(path), location));
  for (const file of [path, ...beside]) {
    const { size } = await reading(file, () => stat(file), signal);
    hash.update(`${size} `);
    await reading(
      file,
      async () => {
        for await (const chunk of createReadStream(file, { highWaterMark: 1 << 20, ...(signal && { signal }) }))
          hash.update(chunk as Uint8Array);
      },
      signal,
    );
  }
  return hash.digest("hex").slice(0, 16);
}

async function reading<T>(file: string, read: () => Promise<T>, signal?: AbortSignal): Promise<T> {
  try {
    return await read();
  } catch (cause) {
    stopIfAborted(signal, `openOnnx: opening ${file} was stopped by its signal`);
    const { code, message } = cause as NodeJS.ErrnoException;
    const rule = code === "ENOENT" ? "the file must exist; check the path" : "the file must be one that can be read";
    throw new GMemError("WEIGHTS", `${file}: ${rule}, got ${message}`, { cause });
  }
}
