import { existsSync } from "node:fs";
import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import type { TextEncoder } from "@gmem/spec";
import { array, checkFinite, GMemError, type NDArray, ShapeError, sameShape, stopIfAborted } from "@gmem/tensor";
import { readSafetensors, textHash, writeFileAtomic, writeSafetensors } from "@gmem/weights";
import type { WorkOptions } from "../progress.ts";

export interface TextVectorsOptions extends WorkOptions {
  readonly encoder: TextEncoder;
  /** Where vectors are kept, in a folder named by encoder and texts; without it in memory alone. */
  readonly folder?: string | undefined;
  /** What a text is called by people, such as with the picture that it is of; default: itself. */
  readonly nameOf?: (text: string) => string;
}

/** Texts of one file, the unit of going on. */
const shard = 256;

/**
 * The vectors of texts [N,dim], in files that appear complete or not at all: work that was stopped goes on after the last one,
 * with the same bytes in the end.
 * @throws {GMemError} code `NON_FINITE` naming the text, `DATA` for a damaged file, `ABORTED` when the signal fires.
 */
export async function textVectors(texts: readonly string[], options: TextVectorsOptions): Promise<NDArray<"f32">> {
  const { encoder, folder, nameOf = JSON.stringify, signal, onProgress } = options;
  const { dim, name, id } = encoder;
  const kept = folder === undefined ? undefined : join(folder, textHash(hashed(id, texts)));
  if (kept !== undefined && !existsSync(join(kept, "texts.json"))) {
    await mkdir(kept, { recursive: true });
    const about = { format: "gmem-texts", version: 1, encoder: { name, id, dim }, texts };
    await writeFileAtomic(join(kept, "texts.json"), `${JSON.stringify(about)}\n`);
  }
  const vectors = new Float32Array(texts.length * dim);
  const check = (part: NDArray, where: string, from: number): void => {
    const rows = Math.min(shard, texts.length - from);
    if (!sameShape(part.shape, [rows, dim]))
      throw new ShapeError(where, `vectors must be [${rows},${dim}]`, [part.shape]);
    const row = (i: number): string => nameOf(texts[from + i] as string);
    checkFinite({ vector: part }, { where, row, remedy: "check the weights of the text encoder, or leave it out" });
  };
  for (let from = 0; from < texts.length; from += shard) {
    stopIfAborted(signal, `texts: stopped after ${from} texts; run again to go on`);
    const part = texts.slice(from, from + shard);
    const path = kept && join(kept, `vectors-${String(from / shard).padStart(5, "0")}.safetensors`);
    const isThere = path !== undefined && existsSync(path);
    if (!isThere) onProgress?.({ stage: "texts", done: from, total: texts.length, note: name });
    const found = isThere ? await stored(path) : await encoder.encode(part);
    check(found, isThere ? path : `textEncoder: ${name}`, from);
    if (path !== undefined && !isThere) await writeSafetensors(path, { vectors: found }, { metadata: { encoder: id } });
    vectors.set(found.data, from * dim);
    onProgress?.({ stage: "texts", done: from + part.length, total: texts.length, note: name });
  }
  return array(vectors, [texts.length, dim]);
}

function* hashed(id: string, texts: readonly string[]): Iterable<string> {
  yield JSON.stringify(id);
  for (const text of texts) yield JSON.stringify(text);
}

async function stored(path: string): Promise<NDArray<"f32">> {
  const { vectors } = (await readSafetensors(path)).tensors;
  if (vectors?.dtype === "f32") return vectors as NDArray<"f32">;
  throw new GMemError("DATA", `${path}: must hold "vectors", got none; delete the file and run again`);
}
