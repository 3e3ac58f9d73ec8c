import { existsSync } from "node:fs";
import { GMemError } from "@gmem/tensor";
import { lockRun } from "@gmem/trainer";
import type { RunConfig } from "../config/schema.ts";
import { lockedFolder } from "../folder/locked-folder.ts";
import { bankFilesIn } from "../folder/run-files.ts";
import { openAll } from "../parts/dataset.ts";
import type { WorkOptions } from "../progress.ts";
import { openBankWork } from "./bank-work.ts";
import { openRunBank } from "./snippets.ts";

export interface BuildBankOptions extends WorkOptions {
  /** The bank folder to write. */
  readonly folder: string;
  /** File of a learned encoder; default: one is learned and kept in the folder. */
  readonly encoder?: string | undefined;
  /** Images of a shard, the unit of resuming; default 2048. */
  readonly shardRows?: number | undefined;
}

/**
 * A folder with a bank alone: every image of `config.data` becomes a row. What was ended goes on; a finished bank is left.
 * @throws {GMemError} code `CONFIG` for an encoder's file that is not there or not learned, `DATA` if the bank that is there is
 * of other images or settings, `LOCKED` while another process writes there.
 */
export async function buildBank(
  config: RunConfig,
  { folder, encoder: file, shardRows, ...work }: BuildBankOptions,
): Promise<void> {
  if (file !== undefined) checkEncoderFile(file, config);
  const { images } = await openAll(config, work);
  const files = bankFilesIn(folder);
  const lock = await lockRun(lockedFolder(files));
  try {
    const hasBegun = existsSync(files.bank); // a bank that is there is kept, and so is its encoder
    const from = { encoder: file ?? files.encoder, isGiven: file !== undefined || hasBegun };
    const { madeFrom, engine, encoder, close } = await openBankWork(config, { images, ...from, ...work });
    try {
      const making = { engine, encoder, rank: config.bank.rank, madeFrom, hasBegun, shardRows };
      const bank = await openRunBank(files, images, { ...making, ...work });
      await bank.close();
    } finally {
      await close();
    }
  } finally {
    await lock.release();
  }
}

/** A file that is named is read: it is not learned anew, and not passed over. */
function checkEncoderFile(file: string, { encoder: { kind } }: RunConfig): void {
  const fail = (rule: string, got: string): never => {
    throw new GMemError("CONFIG", `--encoder: must be ${rule}, got ${got}`);
  };
  if (!existsSync(file))
    fail("the file of a learned encoder, such as runs/mine/bank/encoder.safetensors", `${file}, which does not exist`);
  if (kind !== "patch-kmeans")
    fail(
      "left out for an encoder that is not learned",
      `${file} with encoder.kind=${kind}; its weights are encoder.weights`,
    );
}
