import { imageFiles, type LeftOut } from "@gmem/datasets/folder";
import { stopIfAborted } from "@gmem/tensor";
import { readRunConfig } from "../folder/run-config.ts";
import { runFiles } from "../folder/run-files.ts";
import { sayOpened } from "../parts/dataset.ts";
import { openEncoder } from "../parts/encoder.ts";
import type { OpenEncoder } from "../parts/encoder-kind.ts";
import { openEngine } from "../parts/engine.ts";
import type { WorkOptions } from "../progress.ts";
import { featuresOf } from "../train/snippets.ts";
import { checkBankEncoder } from "./bank-encoder.ts";
import { editBank } from "./edit-bank.ts";

/** Rows that were added to a bank, and its size with them. */
export interface AddedRows {
  readonly rows: readonly number[];
  readonly size: number;
  /** Files of folders that were not added, and why. */
  readonly leftOut: readonly LeftOut[];
}

/**
 * Adds pictures to the bank of a run (eq. 3): decoded, cropped and sized as in training, encoded with the run's encoder, as one
 * edit of the journal. A folder stands for all pictures in it; what training leaves out of one (`image.onBad`) is left out.
 * @throws {GMemError} code `DATA` for a named file that training would not take, `BANK` if the bank's snippets are of another
 * encoder, `LOCKED` while another process writes there.
 */
export async function addImages(folder: string, paths: readonly string[], work: WorkOptions = {}): Promise<AddedRows> {
  const files = runFiles(folder);
  const { config } = readRunConfig(files);
  return editBank(folder, async ({ bank, journal }) => {
    const engine = await openEngine(config.engine);
    let encoder: OpenEncoder | undefined;
    try {
      encoder = await openEncoder(config.encoder, { engine, path: files.encoder, seed: config.seed, ...work });
      checkBankEncoder(encoder.id, { bank: bank.encoderId, path: files.bank });
      const { size: side, decode, background, onBad } = config.image;
      const { signal, onProgress } = work;
      const images = await imageFiles(paths, {
        size: side,
        minSize: side,
        decode,
        background,
        onBad,
        ...(signal && { signal }),
        onProgress: (done, total) => onProgress?.({ stage: "images", done, total, note: "files" }),
      });
      const { leftOut } = images.report;
      sayOpened(images.length, { from: paths.join(", "), leftOut, onProgress });
      const features = await featuresOf(encoder, images, { signal });
      stopIfAborted(signal, "bank add: stopped, nothing was added");
      const { size } = await journal.apply({ kind: "append", features, sources: images.files });
      return { rows: images.files.map((_, i) => bank.size + i), size, leftOut };
    } finally {
      await encoder?.dispose?.();
      await engine.dispose();
    }
  });
}
