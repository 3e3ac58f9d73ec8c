import { imageOpener, toArray } from "@gmem/datasets/folder";
import { stack } from "@gmem/tensor";
import { readRunConfig } from "../folder/run-config.ts";
import { runFiles } from "../folder/run-files.ts";
import { openEncoder } from "../parts/encoder.ts";
import type { OpenEncoder } from "../parts/encoder-kind.ts";
import { openEngine } from "../parts/engine.ts";
import type { WorkOptions } from "../progress.ts";
import { checkBankEncoder } from "./bank-encoder.ts";
import { editBank } from "./edit-bank.ts";

/** Rows that were added to a bank, and its size with them. */
export interface AddedRows {
  readonly rows: readonly number[];
  readonly size: number;
}

/**
 * Adds image files to the bank of a run (eq. 3): decoded and cropped as in training, encoded with the run's encoder, kept in the journal.
 * @throws {GMemError} code `BANK` if the bank's snippets are of another encoder, `LOCKED` while another process writes there.
 */
export async function addImages(folder: string, images: readonly string[], work: WorkOptions = {}): Promise<AddedRows> {
  const files = runFiles(folder);
  const { config } = readRunConfig(files);
  return editBank(folder, async ({ bank, journal }) => {
    const engine = await openEngine(config.engine);
    let encoder: OpenEncoder | undefined;
    try {
      encoder = await openEncoder(config.encoder, { engine, path: files.encoder, seed: config.seed, ...work });
      checkBankEncoder(encoder.id, { bank: bank.encoderId, path: files.bank });
      const { size: side, decode, background } = config.image;
      const open = imageOpener({ size: side, decode, background });
      const crops = await Promise.all(images.map(async (file) => toArray(await open(file))));
      const features = await encoder.encode(stack(crops));
      const { size } = await journal.apply({ kind: "append", features, sources: images });
      return { rows: images.map((_, i) => bank.size + i), size };
    } finally {
      await encoder?.dispose?.();
      await engine.dispose();
    }
  });
}
