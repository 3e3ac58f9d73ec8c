import { lockRun } from "@gmem/trainer";
import type { RunConfig } from "../config/schema.ts";
import { lockedFolder } from "../folder/locked-folder.ts";
import { bankFilesIn } from "../folder/run-files.ts";
import { openAll } from "../parts/dataset.ts";
import { openEncoder } from "../parts/encoder.ts";
import type { OpenEncoder } from "../parts/encoder-kind.ts";
import { openEngine } from "../parts/engine.ts";
import type { WorkOptions } from "../progress.ts";
import { contentOf } from "./image-content.ts";
import { openRunBank } from "./snippets.ts";

export interface BuildBankOptions extends WorkOptions {
  /** The bank folder to write. */
  readonly folder: string;
  /** File of a learned encoder; default: one is learned and kept in the folder. */
  readonly encoder?: string | undefined;
}

/**
 * A folder with a bank alone: every image of `config.data` becomes a row.
 * @throws {GMemError} code `LOCKED` while another process writes there.
 */
export async function buildBank(
  config: RunConfig,
  { folder, encoder: file, ...work }: BuildBankOptions,
): Promise<void> {
  const { images } = await openAll(config, work);
  const files = bankFilesIn(folder);
  const engine = await openEngine(config.engine);
  const lock = await lockRun(lockedFolder(files));
  let encoder: OpenEncoder | undefined;
  try {
    const madeFrom = await contentOf(images);
    const source = file === undefined ? { path: files.encoder, images, madeFrom } : { path: file };
    encoder = await openEncoder(config.encoder, { engine, ...source, seed: config.seed, ...work });
    const making = { engine, encoder, rank: config.bank.rank, madeFrom, hasBegun: false };
    const bank = await openRunBank(files, images, { ...making, ...work });
    await bank.close();
  } finally {
    await encoder?.dispose?.();
    await engine.dispose();
    await lock.release();
  }
}
