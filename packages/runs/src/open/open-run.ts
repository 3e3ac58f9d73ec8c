import { existsSync } from "node:fs";
import type { Bank, Journal } from "@gmem/memory-bank";
import type { Conditioner, TextEncoder, VelocityModel } from "@gmem/spec";
import { type DeviceState, type Engine, type Named, type NDArray, once } from "@gmem/tensor";
import { readRunConfig, type StoredRun } from "../folder/run-config.ts";
import { type RunFiles, runFiles } from "../folder/run-files.ts";
import { readsBank } from "../parts/conditioner.ts";
import { openEncoder } from "../parts/encoder.ts";
import type { OpenEncoder } from "../parts/encoder-kind.ts";
import { openEngine } from "../parts/engine.ts";
import { openTextEncoder } from "../parts/text-encoder.ts";
import { openTokenizer } from "../parts/tokenizer.ts";
import type { OpenTokenizer } from "../parts/tokenizer-kind.ts";
import type { WorkOptions } from "../progress.ts";
import { checkBankEncoder } from "./bank-encoder.ts";
import { checkTextEncoder } from "./check-text-encoder.ts";
import { openRunMemory } from "./open-memory.ts";
import { openModel } from "./open-model.ts";
import { modelHeader, readParameters, type WhichWeights } from "./read-parameters.ts";
import { type RunSamplers, runSamplers } from "./run-sampler.ts";
import { snapRows } from "./snap-rows.ts";
import { snippetWidth } from "./snippet-width.ts";

/** A trained run, ready to draw from. */
export interface Run extends StoredRun, Pick<RunSamplers, "sampler"> {
  readonly files: RunFiles;
  readonly engine: Engine;
  readonly model: VelocityModel;
  readonly conditioner: Conditioner;
  /** Where text conditions the model. */
  readonly textEncoder?: TextEncoder;
  /** Where the conditioner draws on one: with its edits, and the journal that takes more. */
  readonly bank?: Bank;
  readonly journal?: Journal;
  /** The model's parameters on the device, and here. */
  readonly state: DeviceState;
  readonly parameters: Named<NDArray>;
  /** Opened at the first call. @throws {GMemError} code `CONFIG` if its weights are not given. */
  tokenizer(): Promise<OpenTokenizer>;
  /** The encoder that the bank's snippets come from, likewise. @throws {GMemError} code `BANK` if they do not. */
  encoder(): Promise<OpenEncoder>;
  /** Gives everything back; the engine too, unless it was handed in. */
  close(): Promise<void>;
}

export interface OpenRunOptions extends WorkOptions {
  /** Default: the one of the run's configuration. */
  readonly engine?: Engine;
  /** Default "ema". */
  readonly weights?: WhichWeights;
}

/**
 * Opens a run folder: configuration, parts, bank with its edits, and parameters, every one of them compared with the network.
 * @throws {GMemError} code `CONFIG`, `WEIGHTS`, `BANK` or `NON_FINITE` naming the file and what to do.
 * @example
 * // no-run
 * const run = await openRun("runs/mine");
 * const sampler = await run.sampler(run.config.sampler, { batchSize: 16 });
 * const { images } = await sampler.draw({ request: run.conditioner.parse({ rows: [3] }), count: 16, seed: 0 }); // [16,3,H,W]
 * await run.close();
 */
export async function openRun(folder: string, options: OpenRunOptions = {}): Promise<Run> {
  const { weights: which = "ema", engine: given, ...work } = options;
  const files = runFiles(folder);
  const stored = readRunConfig(files);
  const { config, classes } = stored;
  const closing: (() => Promise<void>)[] = [];
  const close = async (): Promise<void> => {
    for (const end of closing.splice(0).reverse()) await end();
  };
  try {
    if (existsSync(files.model)) await modelHeader(files); // of another network than config.json says: before parts are opened
    const memory = readsBank(config.conditioner) ? await openRunMemory(files) : undefined;
    if (memory) closing.push(() => memory.bank.close());
    const engine = given ?? (await openEngine(config.engine));
    if (!given) closing.push(() => engine.dispose());
    const textEncoder = config.textEncoder ? await openTextEncoder(config.textEncoder, { engine, ...work }) : undefined;
    closing.push(async () => textEncoder?.dispose?.());
    if (textEncoder) await checkTextEncoder(files, textEncoder);
    const isText = config.conditioner.kind === "t2s";
    const model = await openModel(config, {
      classes: classes.length,
      bank: memory?.bank,
      ...(textEncoder ? { textEncoder } : {}),
      ...(isText && { snippetDim: await snippetWidth(config, files) }),
      ...(isText && memory && { snap: await snapRows(memory.bank) }),
    });
    const parameters = await readParameters(files, { model, which });
    const state = await engine.state(parameters, { fixed: Object.keys(parameters) });
    closing.push(() => state.dispose());
    const tokenizer = once(() => openTokenizer(config, { engine, kept: files.tokenizer, ...work }));
    const encoder = once(async () => {
      const opened = await openEncoder(config.encoder, { engine, path: files.encoder, seed: config.seed, ...work });
      closing.push(async () => opened.dispose?.());
      if (memory) checkBankEncoder(opened.id, { bank: memory.bank.encoderId, path: files.bank });
      return opened;
    });
    const samplers = runSamplers({ config, engine, model, state, tokenizer });
    closing.push(() => samplers.close());
    const { conditioner } = model;
    const opened = { ...stored, files, engine, model, conditioner, state, parameters };
    return {
      ...opened,
      ...memory,
      ...(textEncoder && { textEncoder }),
      tokenizer,
      encoder,
      sampler: samplers.sampler,
      close,
    };
  } catch (error) {
    await close();
    throw error;
  }
}
