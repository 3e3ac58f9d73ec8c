import { checkFinite, GMemError, type NDArray, sizeOf } from "@gmem/tensor";
import { openSafetensors, type SafetensorsFile } from "@gmem/weights";
import type { StoredRows } from "../rows-of.ts";
import type { TrainingSetParts } from "../training-set.ts";
import { partsOf } from "./encode-images.ts";
import { type LatentsManifest, readManifest, shardFile } from "./manifest.ts";
import { readCaptions } from "./stored-captions.ts";

/** Shards on disk as the parts of a training set. */
export interface StoredLatents {
  readonly manifest: LatentsManifest;
  /** For `trainingSet`; rows are read when they are asked for. */
  readonly parts: TrainingSetParts & { readonly latents: StoredRows };
  /** Captions of a row; absent where no row has one. */
  readonly captionsAt?: (row: number) => readonly string[];
  close(): Promise<void>;
}

/**
 * Opens what `writeLatents` wrote. Rows that are not finite are refused when they are read, by file and row.
 * @throws {GMemError} code `FORMAT` for a damaged folder, `DATA` if shards are missing or do not fit the manifest.
 * @example
 * // no-run
 * const { parts, close } = await openLatents("latents");
 * const set = trainingSet(parts);
 */
export async function openLatents(folder: string): Promise<StoredLatents> {
  const manifest = await readManifest(folder);
  const { count, shardRows, parts: shapes } = manifest;
  const shards: SafetensorsFile[] = [];
  const close = async (): Promise<void> => {
    for (const shard of shards) await shard.close();
  };
  const stored = (name: string): StoredRows => {
    const shape = shapes[name] as readonly number[];
    return { shape: [count, ...shape], take: (rows) => takeRows(shards, rows, { name, shape, shardRows }) };
  };
  try {
    for (let from = 0; from < count; from += shardRows) {
      const path = shardFile(folder, shards.length);
      const shard = await openSafetensors(path);
      shards.push(shard);
      checkShard(path, shard, { shapes, rows: Math.min(shardRows, count - from) });
    }
    const rows = Object.fromEntries(Object.keys(shapes).map((name) => [name, stored(name)]));
    const kept = manifest.labelled ? await labelsOf(shards, count) : undefined;
    const labels = kept?.every((label) => label >= 0) ? kept : undefined; // −1 stands for none
    const captionsAt = await readCaptions(folder, manifest);
    return {
      manifest,
      parts: { ...partsOf(rows), ...(labels && { labels }) },
      ...(captionsAt && { captionsAt }),
      close,
    };
  } catch (error) {
    await close();
    throw error;
  }
}

function checkShard(
  path: string,
  { tensors }: SafetensorsFile,
  { shapes, rows }: { readonly shapes: LatentsManifest["parts"]; readonly rows: number },
): void {
  for (const [name, shape] of Object.entries({ ...shapes, labels: [] })) {
    const [want, found] = [String([rows, ...shape]), tensors[name]?.shape];
    if (String(found) !== want)
      throw new GMemError("DATA", `${path}: "${name}" must be [${want}], got [${found}]; write the folder again`);
  }
}

async function labelsOf(shards: readonly SafetensorsFile[], count: number): Promise<Int32Array> {
  const labels = new Int32Array(count);
  let at = 0;
  for (const shard of shards) {
    const { data } = await shard.read("labels");
    labels.set(data as Int32Array, at);
    at += data.length;
  }
  return labels;
}

/** Rows of the whole, fetched shard by shard. @throws {GMemError} code `NON_FINITE` naming file and row. */
async function takeRows(
  shards: readonly SafetensorsFile[],
  rows: Int32Array,
  { name, shape, shardRows }: { readonly name: string; readonly shape: readonly number[]; readonly shardRows: number },
): Promise<NDArray<"f32">> {
  const size = sizeOf(shape);
  const data = new Float32Array(rows.length * size);
  const places = new Map<number, number[]>();
  rows.forEach((row, at) => {
    const shard = Math.floor(row / shardRows);
    places.set(shard, [...(places.get(shard) ?? []), at]);
  });
  for (const [shard, own] of places) {
    const wanted = Int32Array.from(own, (at) => (rows[at] as number) - shard * shardRows);
    const file = shards[shard] as SafetensorsFile;
    const found = await file.takeRows(name, wanted);
    own.forEach((at, i) => {
      const values = found.data.subarray(i * size, (i + 1) * size) as Float32Array;
      const where = `${file.path}: row ${wanted[i]}`;
      checkFinite({ [name]: { dtype: "f32", shape, data: values } }, { where, remedy: "write the folder again" });
      data.set(values, at * size);
    });
  }
  return { dtype: "f32", shape: [rows.length, ...shape], data };
}
