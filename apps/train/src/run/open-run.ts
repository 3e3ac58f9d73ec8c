import { existsSync } from "node:fs";
import { type Bank, type Journal, openBank, openJournal } from "@gmem/memory-bank";
import type { Conditioner, Tokenizer, VelocityModel } from "@gmem/spec";
import { type DeviceState, type Engine, GMemError, type Named, type NDArray } from "@gmem/tensor";
import { listCheckpoints, readCheckpoint } from "@gmem/trainer";
import { openSafetensors, readSafetensors } from "@gmem/weights";
import type { RunConfig } from "../config/schema.ts";
import { type OpenEncoder, openEncoder } from "./make-encoder.ts";
import { latentShape, makeTokenizer } from "./make-tokenizer.ts";
import { makeConditioner, makeEngine, makeModel } from "./model-parts.ts";
import { withoutProjector } from "./projector-names.ts";
import { type RunFiles, readConfig, runFiles } from "./run-files.ts";

/** A trained run, ready to draw from. */
export interface OpenRun {
  readonly config: RunConfig;
  readonly files: RunFiles;
  readonly engine: Engine;
  readonly tokenizer: Tokenizer;
  readonly conditioner: Conditioner;
  readonly model: VelocityModel;
  readonly state: DeviceState;
  readonly parameters: Named<NDArray>;
  readonly memory?: OpenMemory;
  close(): Promise<void>;
}

export interface OpenMemory {
  readonly bank: Bank;
  readonly journal: Journal;
}

export interface OpenRunOptions {
  /** Default "ema". */
  readonly weights?: "ema" | "model";
  /** False for work on latents alone, which needs no weights of a tokenizer. */
  readonly withTokenizer?: boolean;
}

/** Opens a run folder. @throws {GMemError} code `CONFIG` or `WEIGHTS` saying what is missing. */
export async function openRun(folder: string, options: OpenRunOptions = {}): Promise<OpenRun> {
  const { weights = "ema", withTokenizer = true } = options;
  const files = runFiles(folder);
  const { config, classes } = readConfig(files);
  const parameters = withoutProjector(await parametersOf(files, weights));
  const memory = config.conditioner.kind === "memory-bank" ? await openMemory(files) : undefined;
  if (memory) await checkEncoder(files, memory.bank);
  const conditioner = await makeConditioner(config, {
    classes: classes.length,
    ...(memory ? { bank: memory.bank } : {}),
  });
  const model = makeModel(config, { latent: latentShape(config), conditioner });
  const engine = await makeEngine(config);
  const close = async (): Promise<void> => {
    await engine.dispose();
    await memory?.bank.close();
  };
  try {
    const tokenizer = withTokenizer ? await makeTokenizer(config, { engine }) : undecoded(config);
    const state = await engine.state(parameters);
    return {
      ...{ config, files, engine, tokenizer, conditioner, model, state, parameters, ...(memory ? { memory } : {}) },
      close,
    };
  } catch (error) {
    await close();
    throw error;
  }
}

/** The bank of a run or bank folder, with its edits. */
export async function openMemory(files: Pick<RunFiles, "bank" | "journal">): Promise<OpenMemory> {
  const journal = await openJournal(await openBank(files.bank), files.journal);
  return { bank: journal.bank, journal };
}

/** The encoder that the bank's snippets come from. */
export const openRunEncoder = (config: RunConfig, files: RunFiles, engine: Engine): Promise<OpenEncoder> =>
  openEncoder(files.encoder, undefined, { engine, settings: config.encoder, seed: config.seed });

/** Stands where nothing is decoded. */
function undecoded(config: RunConfig): Tokenizer {
  const refuse = (): never => {
    throw new GMemError("CONFIG", `${config.tokenizer.kind}: this command works on latents and opens no tokenizer`);
  };
  return { name: config.tokenizer.kind, latent: () => latentShape(config), encode: refuse, decode: refuse };
}

/** A network understands the snippets of one encoder only. */
async function checkEncoder(files: RunFiles, bank: Bank): Promise<void> {
  if (!existsSync(files.model)) return;
  const file = await openSafetensors(files.model);
  await file.close();
  const { encoder } = file.metadata;
  if (encoder === undefined || encoder === bank.encoderId) return;
  await bank.close();
  throw new GMemError(
    "BANK",
    `${files.bank}: must hold snippets of the encoder that the model was trained with, ${encoder}, got ${bank.encoderId}; build the bank with that encoder`,
  );
}

async function parametersOf(files: RunFiles, weights: "ema" | "model"): Promise<Named<NDArray>> {
  if (weights === "ema" && existsSync(files.model)) return (await readSafetensors(files.model)).tensors;
  const latest = (await listCheckpoints(files.folder)).at(-1);
  if (!latest)
    throw new GMemError(
      "WEIGHTS",
      `${files.folder}: needs model.safetensors or a checkpoint; train it with \`gmem-train run … --resume\``,
    );
  const prefix = `${weights}/`;
  const all = Object.entries(await readCheckpoint(latest));
  return Object.fromEntries(
    all.flatMap(([name, value]) => (name.startsWith(prefix) ? [[name.slice(prefix.length), value]] : [])),
  );
}
