import { existsSync } from "node:fs";
import { mkdir, rm } from "node:fs/promises";
import { dirname } from "node:path";
import { loadImages } from "@gmem/datasets";
import {
  type Bank,
  build,
  buildFromImages,
  compress,
  openBankFile,
  saveBank,
  shardsFolder,
  unitRows,
} from "@gmem/memory-bank";
import type { Dataset, Encoder, ImageExample, TrainingSet } from "@gmem/spec";
import { concatRows, counted, type Engine, GMemError, type NDArray, stopIfAborted } from "@gmem/tensor";
import { textHash } from "@gmem/weights";
import type { BankFiles } from "../folder/run-files.ts";
import { openMemory } from "../open/open-memory.ts";
import type { WorkOptions } from "../progress.ts";

type Files = Pick<BankFiles, "bank" | "journal">;

interface BankOptions extends WorkOptions {
  readonly engine: Engine;
  readonly rank: number | null;
  /** Hash of what it is made from. */
  readonly madeFrom: string;
  /** True for a run that has made steps: another bank than its own is refused, not replaced. */
  readonly hasBegun: boolean;
}

/** Images of a shard of a bank, and those that are encoded at once. */
export const bankShardRows = 2048;
export const bankBatch = 256;

/** What a bank says of what it was made from. */
export const bankOrigin = ({
  madeFrom,
  encoderId,
  rank,
}: Pick<BankOptions, "madeFrom" | "rank"> & { readonly encoderId: string }): string =>
  textHash([JSON.stringify([madeFrom, encoderId, rank])]);

/** The bank of a run with its edits: opened if it is there as it would be built, built from the images otherwise. */
export async function openRunBank(
  files: Files,
  images: Dataset<ImageExample>,
  options: BankOptions & { readonly encoder: Encoder; readonly shardRows?: number | undefined },
): Promise<Bank> {
  const { engine, encoder, rank, shardRows = bankShardRows, signal, onProgress } = options;
  const total = images.length;
  return existingOr(files, { ...options, encoderId: encoder.id }, async (origin) => {
    const built = await buildFromImages(images, {
      origin,
      encoder,
      engine,
      path: files.bank,
      batchSize: bankBatch,
      shardRows,
      ...(rank === null ? {} : { rank }),
      ...(signal ? { signal } : {}),
      onProgress: (done) => onProgress?.({ stage: "bank", done, total }),
    });
    await built.close();
    onProgress?.({ stage: "bank", done: total, total, result: counted(total, "snippet") });
  });
}

/** The bank of a run whose snippets were computed before. */
export async function openStoredBank(
  files: Files,
  set: TrainingSet,
  options: BankOptions & { readonly encoderId: string },
): Promise<Bank> {
  return existingOr(files, options, async (origin) => {
    const { encoderId, rank, engine } = options;
    const rows: NDArray<"f32">[] = [];
    const labels: number[] = [];
    const block = 1024;
    for (let from = 0; from < set.length; from += block) {
      const index = Int32Array.from({ length: Math.min(block, set.length - from) }, (_, i) => from + i);
      const batch = await set.batch(index);
      rows.push(batch.snippets as NDArray<"f32">);
      labels.push(...(batch.labels ?? []));
    }
    const built = build(concatRows(rows), {
      encoderId,
      ...(labels.length === set.length ? { labels: Int32Array.from(labels) } : {}),
    });
    await mkdir(dirname(files.bank), { recursive: true });
    await saveBank(rank === null ? built : await compress(built, { rank, engine }), files.bank, { origin });
  });
}

/** A bank file is whole and final from the moment that it is there; whose it is, its origin says. */
async function existingOr(
  files: Files,
  { madeFrom, rank, encoderId, hasBegun, onProgress }: BankOptions & { readonly encoderId: string },
  make: (origin: string) => Promise<void>,
): Promise<Bank> {
  const origin = bankOrigin({ madeFrom, encoderId, rank });
  const isOther = existsSync(files.bank) && (await originOf(files.bank)) !== origin;
  if (isOther && hasBegun)
    throw new GMemError(
      "DATA",
      `${files.bank}: must be built from these images with these settings, got a bank of others, or one that was compressed or reduced; restore them, take it back with \`bank undo\`, or give another name`,
    );
  if (isOther) {
    if (existsSync(files.journal))
      throw new GMemError(
        "CONFIG",
        `${files.bank}: is of other images or settings and has edits, which a new one would lose; give another name, or remove ${dirname(files.bank)}`,
      );
    onProgress?.({
      stage: "bank",
      done: 0,
      total: 1,
      result: `${files.bank} is of other images or settings: built again`,
    });
  }
  if (isOther || !existsSync(files.bank)) await make(origin);
  await rm(shardsFolder(files.bank), { recursive: true, force: true }); // of a build that was ended after its last step
  return (await openMemory(files)).bank;
}

async function originOf(path: string): Promise<string | undefined> {
  const { bank, origin } = await openBankFile(path);
  await bank.close();
  return origin;
}

/** Unit snippets of images that are in no bank. */
export const snippetsOf = async (encoder: Encoder, images: Dataset<ImageExample>): Promise<NDArray<"f32">> =>
  unitRows(await featuresOf(encoder, images));

/** Features f(x) [n,d] of all images. @throws {GMemError} code `ABORTED` when the signal fires. */
export async function featuresOf(
  encoder: Encoder,
  images: Dataset<ImageExample>,
  { signal }: Pick<WorkOptions, "signal"> = {},
): Promise<NDArray<"f32">> {
  const parts: NDArray<"f32">[] = [];
  const block = 256;
  for (let from = 0; from < images.length; from += block) {
    stopIfAborted(signal, `encoder: stopped after ${from} of ${images.length} images`);
    const rows = Int32Array.from({ length: Math.min(block, images.length - from) }, (_, i) => from + i);
    parts.push(await encoder.encode(await loadImages(images, rows)));
  }
  return concatRows(parts);
}
