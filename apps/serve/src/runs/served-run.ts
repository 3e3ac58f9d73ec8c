import { existsSync } from "node:fs";
import {
  chooseSlots,
  openEngine,
  openRun,
  type Run,
  readRunConfig,
  runFiles,
  runMemory,
  type SlotTrial,
  type StepBatcher,
  snippetModel,
  stepBatcher,
  type TextAdapter,
  textAdapter,
  type WorkOptions,
} from "@gmem/runs";
import { type RowPictures, rowPictures } from "../bank/row-pictures.ts";
import { type ServedBank, servedBank } from "./served-bank.ts";
import type { NamedRun } from "./served-names.ts";

/** A run that is open and draws. */
export interface ServedRun extends NamedRun {
  readonly run: Run;
  readonly batcher: StepBatcher;
  /** True where pictures are drawn from snippets: rows, sums, pictures, and texts that became some. */
  readonly takesSnippets: boolean;
  /** Where it has a bank on disk: one that is drawn from, or one that a text model learned from. */
  readonly bank: ServedBank | undefined;
  /** Of its rows. */
  readonly pictures: RowPictures;
  /** Where it is conditioned on text. */
  readonly texts: TextAdapter | undefined;
  /** How the number of slots was chosen; none where it was given. */
  readonly trials: readonly SlotTrial[];
  close(): Promise<void>;
}

export interface OpenServedOptions extends WorkOptions {
  readonly slots?: number | undefined;
}

/** Of threads that compute: requests, steps and pictures are prepared by one that must not wait for them. */
const niceness = 19;

/** Opens a run with its bank, measures how many slots its network should have, and gets it ready to draw. */
export async function openServed(named: NamedRun, { slots: given, ...work }: OpenServedOptions): Promise<ServedRun> {
  const closing: (() => Promise<void>)[] = [];
  const close = async (): Promise<void> => {
    const failures: unknown[] = [];
    for (const end of closing.splice(0).reverse()) await end().catch((error: unknown) => failures.push(error));
    if (failures.length > 0) throw failures[0]; // after all of them: a bank is closed though its engine has died
  };
  try {
    const engine = await openEngine(configOf(named).config.engine, { niceness });
    closing.push(() => engine.dispose());
    const run = await openRun(named.folder, { ...work, engine });
    closing.push(() => run.close());
    const { name } = run.conditioner;
    const takesSnippets = name === "memory-bank" || name === "t2s";
    const drawing = takesSnippets ? { ...run, model: snippetModel(run) } : run;
    const bank = takesSnippets && existsSync(run.files.bank) ? await servedBank(run.files) : undefined;
    if (bank) closing.push(() => bank.close());
    const texts = name === "t2s" ? await textAdapter(run) : undefined;
    if (texts) closing.push(() => texts.close());
    const { slots, trials } = given === undefined ? await chooseSlots(drawing) : { slots: given, trials: [] };
    const batcher = await stepBatcher(drawing, { slots });
    closing.push(() => batcher.close());
    return { ...named, run, batcher, takesSnippets, bank, texts, trials, pictures: rowPictures({ run }), close };
  } catch (error) {
    await close();
    throw error;
  }
}

/** Compiled programs, buffers of a step and libraries, whatever the model. */
const overhead = 150 * 2 ** 20;

/** Bytes that a run will take once it is open, by its files. */
export const bytesForeseen = async ({ folder }: NamedRun): Promise<number> =>
  overhead + (await runMemory(folder)).total;

/** What a run is, without opening it. */
export const configOf = ({ folder }: NamedRun) => readRunConfig(runFiles(folder));
