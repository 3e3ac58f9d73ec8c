import { existsSync } from "node:fs";
import { mkdir } from "node:fs/promises";
import { dirname } from "node:path";
import { loadImages } from "@gmem/datasets";
import { type Bank, build, buildFromImages, compress, saveBank, unitRows } from "@gmem/memory-bank";
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
  const { engine, encoder, signal, onProgress } = options;
  const total = images.length;
  return existingOr(files, options, async () => {
    const built = await buildFromImages(images, {
      encoder,
      engine,
      path: files.bank,
      batchSize: 256,
      shardRows: 2048,
      ...(signal ? { signal } : {}),
      onProgress: (done) => onProgress?.({ stage: "bank", done, total }),
    });
    onProgress?.({ stage: "bank", done: total, total, result: `${total} snippets` });
    return built;
  });
}

/** The bank of a run whose snippets were computed before. */
export async function openStoredBank(
  files: Files,
  set: TrainingSet,
  options: BankOptions & { readonly encoderId: string },
): Promise<Bank> {
  return existingOr(files, options, async () => {
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
      encoderId: options.encoderId,
      ...(labels.length === set.length ? { labels: Int32Array.from(labels) } : {}),
    });
    await mkdir(dirname(files.bank), { recursive: true });
    await saveBank(built, files.bank);
    return built;
  });
}

async function existingOr(files: Files, { rank, engine }: BankOptions, make: () => Promise<Bank>): Promise<Bank> {
  if (!existsSync(files.bank)) {
    const built = await make();
    if (rank !== null) await saveBank(await compress(built, { rank, engine }), files.bank);
    await built.close();
  }
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
