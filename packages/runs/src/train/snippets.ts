import { existsSync } from "node:fs";
import { mkdir, rm } from "node:fs/promises";
import { dirname } from "node:path";
import { loadImages } from "@gmem/datasets";
import { type Bank, build, buildFromImages, compress, saveBank, shardsFolder, unitRows } from "@gmem/memory-bank";
import type { Dataset, Encoder, ImageExample, TrainingSet } from "@gmem/spec";
import { concatRows, type Engine, type NDArray } from "@gmem/tensor";
import type { BankFiles } from "../folder/run-files.ts";
import { openMemory } from "../open/open-memory.ts";
import type { WorkOptions } from "../progress.ts";

type Files = Pick<BankFiles, "bank" | "journal">;

interface BankOptions extends WorkOptions {
  readonly engine: Engine;
  readonly rank: number | null;
}

/** The bank of a run with its edits: opened if it is there, built from the images otherwise. */
export async function openRunBank(
  files: Files,
  images: Dataset<ImageExample>,
  options: BankOptions & { readonly encoder: Encoder },
): Promise<Bank> {
  const { engine, encoder, rank, signal, onProgress } = options;
  const total = images.length;
  return existingOr(files, async () => {
    const built = await buildFromImages(images, {
      encoder,
      engine,
      path: files.bank,
      batchSize: 256,
      shardRows: 2048,
      ...(rank === null ? {} : { rank }),
      ...(signal ? { signal } : {}),
      onProgress: (done) => onProgress?.({ stage: "bank", done, total }),
    });
    onProgress?.({ stage: "bank", done: total, total, result: `${total} snippets` });
    await built.close();
  });
}

/** The bank of a run whose snippets were computed before. */
export async function openStoredBank(
  files: Files,
  set: TrainingSet,
  options: BankOptions & { readonly encoderId: string },
): Promise<Bank> {
  return existingOr(files, async () => {
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
    await saveBank(rank === null ? built : await compress(built, { rank, engine }), files.bank);
  });
}

/** A bank file is whole and final from the moment that it is there. */
async function existingOr(files: Files, make: () => Promise<void>): Promise<Bank> {
  if (!existsSync(files.bank)) await make();
  await rm(shardsFolder(files.bank), { recursive: true, force: true }); // of a build that was ended after its last step
  return (await openMemory(files)).bank;
}

/** Unit snippets of images that are in no bank. */
export async function snippetsOf(encoder: Encoder, images: Dataset<ImageExample>): Promise<NDArray<"f32">> {
  const parts: NDArray<"f32">[] = [];
  const block = 256;
  for (let from = 0; from < images.length; from += block) {
    const rows = Int32Array.from({ length: Math.min(block, images.length - from) }, (_, i) => from + i);
    parts.push(await encoder.encode(await loadImages(images, rows)));
  }
  return unitRows(concatRows(parts));
}
