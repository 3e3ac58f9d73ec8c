import { existsSync, readFileSync } from "node:fs";
import { mkdir, rm } from "node:fs/promises";
import { dirname } from "node:path";
import {
  type CheckpointDescription,
  checkpointAvals,
  fromBackbone,
  identifyCheckpoint,
  storedTensors,
} from "@gmem/backbones/published";
import { tableName } from "@gmem/class-table";
import { bankToOfficial, type OfficialBank } from "@gmem/memory-bank";
import { GMemError, isGMemError, mapNamed, type Named, type NDArray } from "@gmem/tensor";
import { listCheckpoints } from "@gmem/trainer";
import { vectorName } from "@gmem/unconditional";
import { contentHash, readTorch, TensorsError, type TorchValue, writeSafetensors, writeTorch } from "@gmem/weights";
import type { RunConfig } from "../config/schema.ts";
import { copyOnce } from "../folder/copy-once.ts";
import { checkFree } from "../folder/new-folder.ts";
import { readRunConfig } from "../folder/run-config.ts";
import { type RunFiles, runFiles } from "../folder/run-files.ts";
import { openMemory } from "../open/open-memory.ts";
import { latestParameters, modelHeader, readModel } from "../open/read-parameters.ts";
import { takesSnippets } from "../parts/conditioner.ts";
import { latentShape } from "../parts/tokenizer.ts";
import { besideCheckpoint, officialTensors, type StoredSnippets } from "./bank-beside.ts";
import type { Conversion, ConversionRequest, Converted } from "./conversion.ts";
import { folded, gainsOf, timeBias } from "./folded.ts";
import { runBeside } from "./options.ts";
import { fates } from "./tensor-fate.ts";

interface Source {
  readonly files: RunFiles;
  readonly config: RunConfig;
  readonly description: CheckpointDescription;
  /** Names as the file had them that the run comes from. */
  readonly order?: readonly string[];
  /** Id of the encoder that the S-Adapter was trained with. */
  readonly encoder?: string | undefined;
  /** Id of the text encoder that the text adapter was trained with. */
  readonly textEncoder?: string | undefined;
}

/** A run, to become a checkpoint of the original code: `{ model, ema, config }` in a `.pt`, a bare state dict in safetensors. */
export async function toCheckpoint(request: ConversionRequest): Promise<Conversion> {
  const files = runFiles(request.source);
  const { config } = readRunConfig(files);
  const { tensors: stored, metadata } = await modelHeader(files);
  const { [vectorName]: vector, ...tensors } = stored; // the original code has none: it becomes part of a bias
  const order = metadata.checkpoint_names;
  let description: CheckpointDescription | undefined;
  let official: Named<{ readonly name: string }> = {};
  let problem: GMemError | undefined;
  try {
    description = await descriptionOf(config, { tensors, stored: metadata.checkpoint });
    const own = mapNamed(tensors, ({ shape }, name) => ({ name, shape }));
    official = fromBackbone(own, description);
  } catch (error) {
    if (!isGMemError(error)) throw error;
    problem = error;
  }
  const names = description?.names ? namesOfSana(description) : namesOf(official);
  return {
    about: `${request.source} → checkpoint of the original code`,
    tensors: fates(stored, (name) => (problem ? name : name === vectorName ? timeBias : names.get(name))),
    ...(problem instanceof TensorsError && { differences: problem }),
    assumed: [],
    ...(problem && { problem }),
    write: () =>
      write(request, {
        files,
        config,
        description: description as CheckpointDescription,
        encoder: metadata.encoder,
        textEncoder: metadata.text_encoder,
        ...(order !== undefined && { order: JSON.parse(order) as readonly string[] }),
      }),
    close: async () => {},
  };
}

const namesOf = (official: Named<{ readonly name: string }>): ReadonlyMap<string, string> =>
  new Map(Object.entries(official).map(([name, { name: ours }]) => [ours, name]));

/** Names of our parameters in the file, in which one tensor may hold several. */
const namesOfSana = (description: CheckpointDescription): ReadonlyMap<string, string> =>
  new Map(Object.entries(storedTensors(checkpointAvals(description))).map(([ours, { name }]) => [ours, name]));

/** What the run was converted from, or what its configuration and shapes say. */
async function descriptionOf(
  config: RunConfig,
  {
    tensors,
    stored,
  }: { readonly tensors: Parameters<typeof identifyCheckpoint>[0]; readonly stored: string | undefined },
): Promise<CheckpointDescription> {
  if (stored !== undefined) return JSON.parse(stored) as CheckpointDescription;
  if (takesSnippets(config.conditioner) && config.adapter.kind === "captions")
    throw new GMemError(
      "CONFIG",
      "convert: no other code has a Sana with a memory, got adapter.kind=captions; `export` writes it as ONNX",
    );
  if (takesSnippets(config.conditioner) && config.adapter.kind !== "linear")
    throw new GMemError(
      "CONFIG",
      `convert: the original code has a linear S-Adapter only, got adapter.kind=${config.adapter.kind}; train with adapter.kind=linear`,
    );
  const { backbone, conditioner } = config;
  if (backbone.kind === "module")
    throw new GMemError(
      "CONFIG",
      `convert: the original codes have their own networks only, got ${nameOf(backbone)}; \`export\` writes it as ONNX`,
    );
  const { kind, heads, time } = backbone;
  if (kind === "sana")
    return identifyCheckpoint(tensors, {
      heads,
      crossHeads: backbone.crossHeads,
      latent: await latentShape(config),
      ...(conditioner.kind === "captions" && conditioner.connector && { connectorHeads: conditioner.connector.heads }),
    });
  const hasNull = conditioner.kind === "class-table" && conditioner.dropProbability > 0;
  const table = tensors[tableName]?.shape[0];
  return identifyCheckpoint(tensors, {
    family: kind,
    heads,
    latent: await latentShape(config),
    ...(table !== undefined && { classes: table - (hasNull ? 1 : 0) }),
    timeDirection: kind === "dit" ? "steps" : time,
  });
}

const nameOf = ({ kind, package: from }: { readonly kind: string; readonly package?: string }): string =>
  from === undefined ? kind : `one of ${from}`;

async function write({ source, out, options }: ConversionRequest, parts: Source): Promise<Converted> {
  const { files, config, description, order } = parts;
  const beside = { ...besideCheckpoint(out), ...(options.bank !== undefined && { bank: options.bank }) };
  checkFree(out);
  await mkdir(dirname(out), { recursive: true });
  const official = (tensors: Named<NDArray>): Named<NDArray> => {
    const named = fromBackbone(folded(tensors, config), description);
    const names = order ?? Object.keys(checkpointAvals(description));
    return Object.fromEntries(names.flatMap((name) => (named[name] ? [[name, named[name]]] : [])));
  };
  const ema = official((await readModel(files)).tensors);
  checkBeside(files.tokenizer, beside.tokenizer);
  const memory = existsSync(files.bank) ? await writeMemory(parts, beside) : undefined;
  const tokenizer = await besideOnce(files.tokenizer, beside.tokenizer);
  try {
    const checkpoint = JSON.stringify(description);
    const run = JSON.stringify(runBeside(config));
    const known = memory?.snippets ?? (parts.encoder === undefined ? undefined : { encoder: parts.encoder });
    const { textEncoder } = parts;
    const snippets = known && { ...known, ...(textEncoder !== undefined && { textEncoder }) };
    const own = { checkpoint, run, ...(snippets && { snippets: JSON.stringify(snippets) }) };
    if (out.endsWith(".safetensors")) await writeSafetensors(out, ema, { metadata: own });
    else {
      const raw = await lastWeights(files);
      const plain = JSON.parse(JSON.stringify({ ...config, ...own })) as TorchValue;
      await writeTorch(out, { model: raw ? official(raw) : ema, ema, config: plain });
    }
  } catch (error) {
    for (const path of [...tokenizer.isNew, ...(memory?.isNew ?? [])]) await rm(path, { force: true });
    throw error;
  }
  return {
    out: [out, ...(memory?.paths ?? []), ...tokenizer.paths],
    notes: [
      description.family === "sana" ? sanaNote : times[description.timeDirection],
      `${source} is as it was; the next command turns the checkpoint back into a run`,
      ...(isUnconditional(config) ? [`${vectorName} is part of ${timeBias} now`] : []),
      ...gainsOf(config).map(({ weight, key, gain }) => `${key}=${gain} is part of ${weight} now`),
    ],
    next: ["convert", out, "NEW", ...(memory ? ["--bank", beside.bank] : [])],
  };
}

const isUnconditional = ({ conditioner }: RunConfig): boolean => conditioner.kind === "unconditional";

const times: Readonly<Record<CheckpointDescription["timeDirection"], string>> = {
  data1: "t = 1 is data, as in the SiT, LightningDiT and GMem codes",
  data0: "t = 0 is data, as in REPA; the samplers of SiT, LightningDiT and GMem expect it at t = 1",
  steps: "times are integer steps, as in DiT",
};

const sanaNote = "t = 1 is noise, as in Sana";

/** Files beside a checkpoint. */
interface Beside {
  readonly paths: readonly string[];
  /** Those that were not there before. */
  readonly isNew: readonly string[];
}

/** What of a run's memory was written. */
interface WrittenMemory extends Beside {
  /** Where the encoder is known. */
  readonly snippets?: StoredSnippets;
}

/** @throws {GMemError} code `CONFIG` for a path that holds something else than a file of the run. */
function checkBeside(from: string, to: string): void {
  if (existsSync(from) && !isSameFile(from, to)) checkFree(to);
}

/** Copies a file of the run, if it has it, to a path that is free or holds the same. */
async function besideOnce(from: string, to: string): Promise<Beside> {
  if (!existsSync(from)) return { paths: [], isNew: [] };
  if (isSameFile(from, to)) return { paths: [to], isNew: [] };
  checkBeside(from, to);
  await copyOnce(from, to);
  return { paths: [to], isNew: [to] };
}

/**
 * Writes bank and learned encoder, before the checkpoint. What is there already must be the same, from a conversion that was
 * ended.
 */
async function writeMemory(
  { files, encoder }: Source,
  to: ReturnType<typeof besideCheckpoint>,
): Promise<WrittenMemory> {
  const { bank } = await openMemory(files);
  try {
    const official = await bankToOfficial(bank);
    const hash = contentHash(officialTensors(official));
    const { kind: _, ...parts } = official;
    const hasBank = existsSync(to.bank) && (await holds(to.bank, { official, hash }));
    if (!hasBank) checkFree(to.bank);
    const learned = await besideOnce(files.encoder, to.encoder);
    if (!hasBank) await writeTorch(to.bank, "rows" in parts ? parts.rows : parts);
    const id = encoder ?? (bank.encoderId === "unspecified" ? undefined : bank.encoderId);
    return {
      paths: [to.bank, ...learned.paths],
      isNew: [...(hasBank ? [] : [to.bank]), ...learned.isNew],
      ...(id !== undefined && { snippets: { encoder: id, bank: hash } }),
    };
  } finally {
    await bank.close();
  }
}

/** Whether a file has the tensors of a bank and no others. */
async function holds(
  path: string,
  { official, hash }: { readonly official: OfficialBank; readonly hash: string },
): Promise<boolean> {
  const found = await readTorch(path).catch(() => undefined); // anybody's file
  const names = Object.keys(officialTensors(official)).sort();
  return (
    found !== undefined &&
    String(Object.keys(found.tensors).sort()) === String(names) &&
    contentHash(found.tensors) === hash
  );
}

const isSameFile = (a: string, b: string): boolean => existsSync(b) && readFileSync(a).equals(readFileSync(b));

/** The last step's parameters, of a run that was trained here. */
async function lastWeights(files: RunFiles): Promise<Named<NDArray> | undefined> {
  const isTrained = (await listCheckpoints(files.folder)).length > 0;
  return isTrained ? (await latestParameters(files, "model")).tensors : undefined;
}
