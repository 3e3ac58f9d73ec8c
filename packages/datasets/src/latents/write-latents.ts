import { existsSync } from "node:fs";
import { mkdir } from "node:fs/promises";
import type { Dataset, ImageExample } from "@gmem/spec";
import {
  array,
  differences,
  f32,
  GMemError,
  i32,
  mapNamed,
  type Named,
  type NDArray,
  stopIfAborted,
} from "@gmem/tensor";
import { openSafetensors, SafetensorsWriter, writeFileAtomic } from "@gmem/weights";
import { exampleBatches } from "../example-batches.ts";
import type { LeftOut } from "../folder/left-out.ts";
import { checkEncoded } from "./encode-images.ts";
import { isLatentsFolder, type LatentsManifest, manifestFile, readManifest, shardFile } from "./manifest.ts";
import { writeCaptions } from "./stored-captions.ts";

export interface WriteLatentsOptions {
  readonly folder: string;
  /**
   * Images [n,3,H,W] ∈ [0,1] and their rows → what is stored of them, each [n,…]: `latents`, and as wanted `deviations`,
   * `snippets`, `targets`, `targets.1` … of further encoders, and of the mirror images the same with `_flip` behind.
   */
  readonly encode: (images: NDArray<"f32">, rows: Int32Array) => Promise<Named<NDArray<"f32">>>;
  /** What the content depends on, as JSON: a folder of another key is refused, not mixed. */
  readonly key: unknown;
  readonly classes?: readonly string[];
  /** Files of the dataset's folder that are not part of it, kept in the manifest. */
  readonly leftOut?: readonly LeftOut[];
  /** Who made the pictures, and rows that runs are to hold out, kept in the manifest. */
  readonly credits?: LatentsManifest["credits"];
  readonly heldOut?: ArrayLike<number>;
  /** Rows of a shard, the unit of resuming; default 4096. */
  readonly shardRows?: number;
  /** Images encoded at once; default 16. */
  readonly batchSize?: number;
  /** Default f32. */
  readonly floats?: "f32" | "f16";
  readonly signal?: AbortSignal;
  readonly onProgress?: (done: number, total: number) => void;
}

/**
 * Encodes a dataset into shards on disk, so that training runs no tokenizer and no encoder. Shards appear complete or not
 * at all; a run that was stopped goes on after its last one.
 * @throws {GMemError} code `DATA` if the folder holds latents of another key, `ABORTED` when the signal fires,
 * `NON_FINITE` naming the image whose latents or features are not finite.
 * @example
 * // no-run
 * const encode = async (images: NDArray<"f32">) => ({ latents: await tokenizer.encode(images) });
 * await writeLatents(images, { folder: "latents", encode, key: { tokenizer: tokenizer.name } });
 */
export async function writeLatents(
  dataset: Dataset<ImageExample>,
  options: WriteLatentsOptions,
): Promise<LatentsManifest> {
  const { folder, key, shardRows = 4096, classes = [], leftOut = [], credits, heldOut, onProgress } = options;
  const count = dataset.length;
  if (count === 0)
    throw new GMemError("DATA", `writeLatents: the dataset must have examples, got 0 in ${dataset.name}`);
  const wanted = contentOf({ key, count, shardRows });
  await mkdir(folder, { recursive: true });
  if (isLatentsFolder(folder)) {
    const found = await readManifest(folder);
    refuseOther(folder, JSON.stringify({ key: found.key, count: found.count, shardRows: found.shardRows }), wanted);
    return found;
  }
  let parts: Readonly<Record<string, readonly number[]>> = {};
  let labelled = true;
  for (let shard = 0; shard * shardRows < count; shard++) {
    const path = shardFile(folder, shard);
    const range = rowsOfShard({ shard, shardRows, count });
    if (!existsSync(path)) await writeShard(dataset, { ...options, path, range, wanted });
    const file = await openSafetensors(path);
    try {
      refuseOther(path, file.metadata.content ?? "", wanted);
      const { labels, ...tensors } = file.tensors;
      labelled &&= labels !== undefined && (await file.read("labels")).data.every((label) => label >= 0);
      parts = mapNamed(tensors, ({ shape }) => shape.slice(1));
    } finally {
      await file.close();
    }
    onProgress?.(range.to, count);
  }
  const captioned = await writeCaptions(dataset, folder);
  const manifest = {
    ...({ format: "gmem-latents", version: 1, count, shardRows, parts, labelled, classes } as const),
    ...(leftOut.length > 0 && { leftOut }),
    ...(captioned && { captioned }),
    ...(credits && { credits }),
    ...(heldOut && { heldOut: Array.from(heldOut) }),
    key,
  };
  await writeFileAtomic(manifestFile(folder), `${JSON.stringify(manifest, null, 2)}\n`);
  return manifest;
}

export interface WriteLatentsShardOptions extends Omit<WriteLatentsOptions, "folder" | "shardRows"> {
  /** The file to write. */
  readonly path: string;
  readonly shard: number;
  readonly shardRows: number;
}

/**
 * One shard alone, in bytes as {@link writeLatents} leaves it: several machines write the shards of one folder.
 * @throws {GMemError} as `writeLatents`.
 * @example
 * // no-run
 * await writeLatentsShard(images, { path: latentsShard(3), shard: 3, shardRows: 4096, encode, key });
 */
export async function writeLatentsShard(
  dataset: Dataset<ImageExample>,
  { path, shard, shardRows, ...options }: WriteLatentsShardOptions,
): Promise<void> {
  const count = dataset.length;
  const range = rowsOfShard({ shard, shardRows, count });
  await writeShard(dataset, { ...options, path, range, wanted: contentOf({ key: options.key, count, shardRows }) });
}

/** What a shard says of itself. */
const contentOf = ({ key, count, shardRows }: { key: unknown; count: number; shardRows: number }): string =>
  JSON.stringify({ key, count, shardRows });

const rowsOfShard = ({ shard, shardRows, count }: { shard: number; shardRows: number; count: number }) => ({
  from: shard * shardRows,
  to: Math.min((shard + 1) * shardRows, count),
});

function refuseOther(where: string, found: string, wanted: string): void {
  const settings = keyOf(found);
  const differing = settings === undefined ? [] : differences(settings, JSON.parse(wanted));
  if (settings !== undefined && differing.length === 0) return;
  const got = differing.map(
    ({ at, before, now }) => `${at.replace(/^key\./, "")} ${shown(before)} and not ${shown(now)}`,
  );
  throw new GMemError(
    "DATA",
    `${where}: the folder must be empty or hold the same latents, got ${got.join(", ") || "others"}; choose another folder, or give what was given before`,
  );
}

/** What a shard or a manifest says of itself; undefined of a file that is none of ours. */
function keyOf(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

const shown = (value: unknown): string => JSON.stringify(value ?? null);

interface ShardOptions extends Omit<WriteLatentsOptions, "folder" | "shardRows"> {
  readonly path: string;
  readonly range: { readonly from: number; readonly to: number };
  readonly wanted: string;
}

async function writeShard(dataset: Dataset<ImageExample>, options: ShardOptions): Promise<void> {
  const { path, range, wanted, encode, batchSize = 16, floats = "f32", signal, onProgress } = options;
  const size = range.to - range.from;
  const labels = new Int32Array(size);
  let labelled = true;
  let writer: SafetensorsWriter | undefined;
  try {
    for await (const { rows, images, examples } of exampleBatches(dataset, { batchSize, ...range })) {
      stopIfAborted(signal, `writeLatents: stopped after ${range.from} rows; run again to go on`);
      const encoded = await encode(images, rows);
      checkEncoded(encoded, examples);
      writer ??= await SafetensorsWriter.create(path, shardAvals(encoded, size), {
        floats,
        metadata: { content: wanted },
      });
      for (const [name, value] of Object.entries(encoded)) await writer.append(name, value);
      for (const [i, { label }] of examples.entries()) {
        labelled &&= label !== undefined;
        labels[(rows[i] as number) - range.from] = label ?? -1;
      }
      onProgress?.((rows.at(-1) as number) + 1, dataset.length);
    }
    await writer?.append("labels", array(labelled ? labels : labels.fill(-1), [size], "i32"));
    await writer?.close();
  } catch (error) {
    await writer?.abort();
    throw error;
  }
}

const shardAvals = (encoded: Named<NDArray<"f32">>, size: number) => ({
  ...mapNamed(encoded, ({ shape }) => f32(size, ...shape.slice(1))),
  labels: i32(size),
});
