import { existsSync, statSync } from "node:fs";
import { openRun, type Run, readRunConfig, runFiles, type WorkOptions } from "@gmem/runs";
import { type StepBatcher, serialBatcher } from "./serial-batcher.ts";
import { type ServedBank, servedBank } from "./served-bank.ts";
import type { NamedRun } from "./served-names.ts";

/** A run that is open and draws. */
export interface ServedRun extends NamedRun {
  readonly run: Run;
  readonly batcher: StepBatcher;
  /** Where it has a bank on disk: one that is drawn from, or one that a text model learned from. */
  readonly bank: ServedBank | undefined;
  close(): Promise<void>;
}

export interface OpenServedOptions extends WorkOptions {
  readonly slots?: number | undefined;
}

/** Opens a run with its bank, and gets it ready to draw. */
export async function openServed(named: NamedRun, { slots, ...work }: OpenServedOptions): Promise<ServedRun> {
  const run = await openRun(named.folder, work);
  try {
    const bank = existsSync(run.files.bank) ? await servedBank(run.files) : undefined;
    const batcher = serialBatcher(run, slots === undefined ? {} : { slots });
    return {
      ...named,
      run,
      batcher,
      bank,
      async close() {
        await batcher.close();
        await bank?.close();
        await run.close();
      },
    };
  } catch (error) {
    await run.close();
    throw error;
  }
}

/** Compiled programs, buffers of a step and libraries, whatever the model. */
const overhead = 150 * 2 ** 20;

/** Bytes that a run will take once it is open, by its files: its weights here, on the device and in the programs. */
export function bytesForeseen({ folder }: NamedRun): number {
  const { model, bank, tokenizer } = runFiles(folder);
  const sizes = [model, tokenizer].map((path) => (existsSync(path) ? statSync(path).size : 0));
  const rows = existsSync(bank) ? statSync(bank).size : 0;
  return overhead + 3 * sizes.reduce((sum, size) => sum + size, 0) + rows;
}

/** What a run is, without opening it. */
export const configOf = ({ folder }: NamedRun) => readRunConfig(runFiles(folder));
