import { existsSync } from "node:fs";
import { mkdir, rm } from "node:fs/promises";
import { dirname } from "node:path";
import {
  type CheckpointDescription,
  checkpointAvals,
  fromBackbone,
  identifyCheckpoint,
} from "@gmem/backbones/published";
import { tableName } from "@gmem/class-table";
import { bankToOfficial, type OfficialBank } from "@gmem/memory-bank";
import { GMemError, isGMemError, mapNamed, type Named, type NDArray } from "@gmem/tensor";
import { listCheckpoints } from "@gmem/trainer";
import { vectorName } from "@gmem/unconditional";
import { contentHash, readTorch, TensorsError, type TorchValue, writeSafetensors, writeTorch } from "@gmem/weights";
import type { RunConfig } from "../config/schema.ts";
import { checkFree } from "../folder/new-folder.ts";
import { readRunConfig } from "../folder/run-config.ts";
import { type RunFiles, runFiles } from "../folder/run-files.ts";
import { openMemory } from "../open/open-memory.ts";
import { latestParameters, modelHeader, readModel } from "../open/read-parameters.ts";
import { latentShape } from "../parts/tokenizer.ts";
import type { Conversion, ConversionRequest, Converted } from "./conversion.ts";
import { folded, hasGain, timeBias } from "./folded.ts";
import { runBeside } from "./options.ts";
import { fates } from "./tensor-fate.ts";

interface Source {
  readonly files: RunFiles;
  readonly config: RunConfig;
  readonly description: CheckpointDescription;
  /** Names as the file had them that the run comes from. */
  readonly order?: readonly string[];
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
  const names = new Map(Object.entries(official).map(([name, { name: ours }]) => [ours, name]));
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
        ...(order !== undefined && { order: JSON.parse(order) as readonly string[] }),
      }),
    close: async () => {},
  };
}

/** What the run was converted from, or what its configuration and shapes say. */
async function descriptionOf(
  config: RunConfig,
  {
    tensors,
    stored,
  }: { readonly tensors: Parameters<typeof identifyCheckpoint>[0]; readonly stored: string | undefined },
): Promise<CheckpointDescription> {
  if (stored !== undefined) return JSON.parse(stored) as CheckpointDescription;
  if (config.conditioner.kind === "memory-bank" && config.adapter.kind !== "linear")
    throw new GMemError(
      "CONFIG",
      `convert: the original code has a linear S-Adapter only, got adapter.kind=${config.adapter.kind}; train with adapter.kind=linear`,
    );
  const { backbone, conditioner } = config;
  if (backbone.kind !== "sit" && backbone.kind !== "dit" && backbone.kind !== "lightning-dit")
    throw new GMemError(
      "CONFIG",
      `convert: the original codes have their own networks only, got ${nameOf(backbone)}; \`export\` writes it as ONNX`,
    );
  const { kind, heads, time } = backbone;
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
  const hasBank = existsSync(files.bank);
  const bankPath = options.bank ?? `${out.replace(/\.(pt|pth|safetensors)$/, "")}.bank.pt`;
  checkFree(out);
  await mkdir(dirname(out), { recursive: true });
  const official = (tensors: Named<NDArray>): Named<NDArray> => {
    const named = fromBackbone(folded(tensors, config), description);
    const names = order ?? Object.keys(checkpointAvals(description));
    return Object.fromEntries(names.flatMap((name) => (named[name] ? [[name, named[name]]] : [])));
  };
  const ema = official((await readModel(files)).tensors);
  const isNew = hasBank && (await writeBank(files, bankPath));
  try {
    const checkpoint = JSON.stringify(description);
    const run = JSON.stringify(runBeside(config));
    if (out.endsWith(".safetensors")) await writeSafetensors(out, ema, { metadata: { checkpoint, run } });
    else {
      const raw = await lastWeights(files);
      const plain = JSON.parse(JSON.stringify({ ...config, checkpoint, run })) as TorchValue;
      await writeTorch(out, { model: raw ? official(raw) : ema, ema, config: plain });
    }
  } catch (error) {
    if (isNew) await rm(bankPath, { force: true });
    throw error;
  }
  const { gain } = config.adapter;
  return {
    out: [out, ...(hasBank ? [bankPath] : [])],
    notes: [
      times[description.timeDirection],
      `${source} is as it was; the next command turns the checkpoint back into a run`,
      ...(config.conditioner.kind === "class-table" && config.conditioner.perClass > 1
        ? [
            `a checkpoint cannot say that a class has ${config.conditioner.perClass} rows: it comes back with a class for each row`,
          ]
        : []),
      ...(isUnconditional(config) ? [`${vectorName} is part of ${timeBias} now`] : []),
      ...(hasGain(config) ? [`adapter.gain=${gain} is part of the S-Adapter's weight now`] : []),
    ],
    next: ["convert", out, "NEW", ...(hasBank ? ["--bank", bankPath] : [])],
  };
}

const isUnconditional = ({ conditioner }: RunConfig): boolean => conditioner.kind === "unconditional";

const times: Readonly<Record<CheckpointDescription["timeDirection"], string>> = {
  data1: "t = 1 is data, as in the SiT, LightningDiT and GMem codes",
  data0: "t = 0 is data, as in REPA; the samplers of SiT, LightningDiT and GMem expect it at t = 1",
  steps: "times are integer steps, as in DiT",
};

/** Writes the bank first: one that is there already must be the same, from a conversion that was ended. @returns whether it is new. */
async function writeBank(files: RunFiles, path: string): Promise<boolean> {
  const { bank } = await openMemory(files);
  try {
    const official = await bankToOfficial(bank);
    const { kind: _, ...parts } = official;
    const value = "rows" in parts ? parts.rows : parts;
    if (existsSync(path) && (await holds(path, official))) return false;
    checkFree(path);
    await writeTorch(path, value);
    return true;
  } finally {
    await bank.close();
  }
}

/** Whether a file has the tensors of a bank and no others. */
async function holds(path: string, official: OfficialBank): Promise<boolean> {
  const found = await readTorch(path).catch(() => undefined); // anybody's file
  if (official.kind === "full") return found !== undefined && isSame(found.tensors, { tensor: official.rows });
  const { C, M, S, mean } = official;
  return found !== undefined && isSame(found.tensors, { C, M, S, mean });
}

const isSame = (a: Named<NDArray>, b: Named<NDArray>): boolean => contentHash(a) === contentHash(b);

/** The last step's parameters, of a run that was trained here. */
async function lastWeights(files: RunFiles): Promise<Named<NDArray> | undefined> {
  const isTrained = (await listCheckpoints(files.folder)).length > 0;
  return isTrained ? (await latestParameters(files, "model")).tensors : undefined;
}
