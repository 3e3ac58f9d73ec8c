import { mkdir, rm } from "node:fs/promises";
import { dirname } from "node:path";
import type { Dataset, Encoder, ImageExample } from "@gmem/spec";
import { type Engine, GMemError, ShapeError, stack, stopIfAborted } from "@gmem/tensor";
import { type Bank, bankOf } from "./bank.ts";
import { BankError } from "./bank-error.ts";
import { checkRank, compress } from "./compress.ts";
import { concatBanks } from "./concat-banks.ts";
import { defaultIndex, type IndexSpec } from "./index-by-noise.ts";
import { openBank, openBankFile } from "./open-bank.ts";
import { memoryRows } from "./rows.ts";
import { rowsMoments } from "./rows-moments.ts";
import { type SaveOptions, saveBank } from "./save-bank.ts";
import { unitRows } from "./unit-rows.ts";

export interface BuildFromImagesOptions extends Omit<SaveOptions, "replaces"> {
  readonly encoder: Encoder;
  /** The bank file to write. Shards lie beside it, in `<path>.shards`, until it is complete. */
  readonly path: string;
  /** What was done to the images; default the dataset's name. */
  readonly preprocessing?: string;
  /** Keeps the bank as factors of this rank; without it, as full rows. */
  readonly rank?: number;
  /** Images encoded at once; default 64. */
  readonly batchSize?: number;
  /** Rows of a shard, the unit of resuming; default 8192. */
  readonly shardRows?: number;
  readonly index?: IndexSpec;
  readonly engine?: Engine;
  /** Stops between batches with code `ABORTED`; finished shards stay. */
  readonly signal?: AbortSignal;
  readonly onProgress?: (rows: number, total: number) => void;
}

/**
 * Encodes a dataset into a bank on disk (§4.1), shard by shard: memory does not grow with the dataset, and a build that was
 * interrupted goes on after its last complete shard of the same `origin`. Labels and source ids come from the dataset.
 * @throws {BankError} code `BANK` for a rank above the images or the encoder's width, before an image is encoded.
 * @throws {BankError} naming the image if its feature is NaN, infinite or zero; naming the shard if it is of another build.
 * @example
 * // no-run
 * const bank = await buildFromImages(images, { encoder, path: "runs/photos/bank/bank.safetensors" });
 */
export async function buildFromImages(dataset: Dataset<ImageExample>, options: BuildFromImagesOptions): Promise<Bank> {
  const { path, shardRows = 8192, floats, rank, engine, encoder, origin, onProgress } = options;
  if (dataset.length === 0)
    throw new BankError("buildFromImages", "the dataset must have images; check the folder", `${dataset.name}, empty`);
  if (rank !== undefined) checkRank(rank, { size: dataset.length, dim: encoder.dim });
  const folder = shardsFolder(path);
  await mkdir(dirname(path), { recursive: true });
  await mkdir(folder, { recursive: true });
  const shards: Bank[] = [];
  try {
    for (let start = 0; start < dataset.length; start += shardRows) {
      const end = Math.min(start + shardRows, dataset.length);
      const file = `${folder}/${bankShard(start, end)}`;
      const shard = await finishedShard(file, dataset, options);
      if (!shard) await writeBankShard(dataset, { ...options, start, end, path: file });
      shards.push(shard ?? (await openBank(file)));
      onProgress?.(end, dataset.length);
    }
    const full = concatBanks(shards);
    const bank = rank === undefined ? full : await compress(full, { rank, ...(engine && { engine }) });
    await saveBank(bank, path, { ...(floats && { floats }), ...(origin !== undefined && { origin }) });
  } finally {
    for (const shard of shards) await shard.close();
  }
  await rm(folder, { recursive: true });
  return openBank(path);
}

/** The name of the shard of images start … end in that folder. */
export const bankShard = (start: number, end: number): string =>
  `${String(start).padStart(9, "0")}-${String(end).padStart(9, "0")}.safetensors`;

/** Where the shards of a bank file lie until it is complete. */
export const shardsFolder = (path: string): string => `${path}.shards`;

/** A shard that an earlier run completed; none for one of another origin. @throws {BankError} if it is of another encoder or dataset. */
async function finishedShard(
  file: string,
  dataset: Dataset<ImageExample>,
  options: BuildFromImagesOptions,
): Promise<Bank | undefined> {
  const { encoder, origin } = options;
  let shard: Bank;
  try {
    const found = await openBankFile(file);
    shard = found.bank;
    if (found.origin !== origin) {
      await shard.close();
      return undefined;
    }
  } catch (cause) {
    if (cause instanceof GMemError && cause.code === "WEIGHTS") return undefined; // not there yet
    throw cause;
  }
  const preprocessing = options.preprocessing ?? dataset.name;
  if (shard.encoderId === encoder.id && shard.preprocessing === preprocessing && shard.dim === encoder.dim)
    return shard;
  await shard.close();
  throw new BankError(
    file,
    `shards must be of encoder ${encoder.id} on ${preprocessing}; remove the folder to start again`,
    `${shard.encoderId} on ${shard.preprocessing}`,
  );
}

export interface WriteBankShardOptions
  extends Pick<
    BuildFromImagesOptions,
    "encoder" | "preprocessing" | "batchSize" | "index" | "engine" | "origin" | "signal"
  > {
  /** Images start … end, `end` left out. */
  readonly start: number;
  readonly end: number;
  /** The file to write. */
  readonly path: string;
}

/**
 * One shard alone, in bytes as {@link buildFromImages} leaves it: rows, and their moments, which are merged when the bank is
 * complete. Several machines write the shards of one bank.
 * @throws {BankError} naming the image if its feature is NaN, infinite or zero.
 * @example
 * // no-run
 * await writeBankShard(images, { encoder, start: 0, end: 2048, path: `bank.safetensors.shards/${bankShard(0, 2048)}` });
 */
export async function writeBankShard(dataset: Dataset<ImageExample>, options: WriteBankShardOptions): Promise<void> {
  const { encoder, batchSize = 64, start, end, path, index = defaultIndex, engine, origin, signal } = options;
  const [size, width] = [end - start, encoder.dim];
  const data = new Float32Array(size * width);
  const labels = new Int32Array(size).fill(-1);
  const sources: string[] = [];
  for (let at = start; at < end; at += batchSize) {
    stopIfAborted(signal, `buildFromImages: stopped at image ${at} of ${dataset.length}; run again to go on`);
    const count = Math.min(batchSize, end - at);
    const examples = await Promise.all(Array.from({ length: count }, (_, i) => dataset.at(at + i)));
    const images = examples.map(({ image }) => image);
    const remedy = "resize or crop the images of a bank to one size";
    const name = (i: number): string => examples[i]?.id ?? `image ${at + i}`;
    const features = await encoder.encode(stack(images, { where: "buildFromImages", name, remedy }));
    if (features.shape[0] !== count || features.shape[1] !== width)
      throw new ShapeError(`encoder ${encoder.name}`, `must give [${count},${width}]`, [features.shape]);
    const rows = unitRows(features, { name: (row) => examples[row]?.id ?? `row ${row}` });
    data.set(rows.data, (at - start) * width);
    for (const [i, { id, label }] of examples.entries()) {
      sources.push(id);
      labels[at - start + i] = label ?? -1;
    }
  }
  const rows = memoryRows(data, { size, width });
  const moments = await rowsMoments(rows, engine);
  const shard = bankOf({
    rows,
    encoderId: encoder.id,
    preprocessing: options.preprocessing ?? dataset.name,
    index,
    ...(labels.some((label) => label >= 0) && { labels }),
    sources: async () => sources,
    moments: async () => moments,
    close: async () => {},
  });
  await saveBank(shard, path, origin === undefined ? {} : { origin });
}
