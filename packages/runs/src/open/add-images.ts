import { admCenterCrop, decodeImage, toArray } from "@gmem/datasets/folder";
import type { Bank } from "@gmem/memory-bank";
import { stack } from "@gmem/tensor";
import { readRunConfig } from "../folder/run-config.ts";
import { runFiles } from "../folder/run-files.ts";
import { openEncoder } from "../parts/encoder.ts";
import type { OpenEncoder } from "../parts/encoder-kind.ts";
import { openEngine } from "../parts/engine.ts";
import type { WorkOptions } from "../progress.ts";
import { openMemory } from "./open-memory.ts";

/** Rows that were added to a bank, and its size with them. */
export interface AddedRows {
  readonly rows: readonly number[];
  readonly size: number;
}

/** Adds image files to the bank of a run (eq. 3): cropped as in training, encoded with the run's encoder, kept in the journal. */
export async function addImages(folder: string, images: readonly string[], work: WorkOptions = {}): Promise<AddedRows> {
  const files = runFiles(folder);
  const { config } = readRunConfig(files);
  const { bank, journal } = await openMemory(files);
  const engine = await openEngine(config.engine);
  let encoder: OpenEncoder | undefined;
  try {
    encoder = await openEncoder(config.encoder, { engine, path: files.encoder, seed: config.seed, ...work });
    const crops = await Promise.all(
      images.map(async (file) => toArray(admCenterCrop(await decodeImage(file), config.image.size))),
    );
    const features = await encoder.encode(stack(crops));
    const edited: Bank = await journal.apply({ kind: "append", features, sources: images });
    return { rows: images.map((_, i) => bank.size + i), size: edited.size };
  } finally {
    await encoder?.dispose?.();
    await engine.dispose();
    await bank.close();
  }
}
