import { encodeDataset, trainingSet } from "@gmem/datasets";
import type { Bank } from "@gmem/memory-bank";
import type { Objective } from "@gmem/model";
import type { Conditioner, Encoder, Tokenizer, TrainingSet, VelocityModel } from "@gmem/spec";
import type { Engine } from "@gmem/tensor";
import type { RunConfig } from "../config/schema.ts";
import { progress } from "../output/progress.ts";
import { openEncoder, openRunBank, snippetsOf } from "./bank.ts";
import { makeConditioner, makeModel, makeObjective, makeTokenizer } from "./model-parts.ts";
import type { Data } from "./open-data.ts";
import type { RunFiles } from "./run-files.ts";

/** Everything between a folder of images and a train step. */
export interface Pipeline {
  readonly config: RunConfig;
  readonly engine: Engine;
  readonly data: Data;
  readonly tokenizer: Tokenizer;
  readonly train: TrainingSet;
  readonly heldOut: TrainingSet;
  readonly conditioner: Conditioner;
  readonly model: VelocityModel;
  readonly objective: Objective;
  /** Only where snippets condition the model. */
  readonly memory?: { readonly encoder: Encoder; readonly bank: Bank };
}

/** Latents, encoder, bank, conditioner and model of a run; what the run folder holds already is not made again. */
export async function buildPipeline(
  config: RunConfig,
  parts: { readonly engine: Engine; readonly data: Data; readonly files: RunFiles; readonly signal?: AbortSignal },
): Promise<Pipeline> {
  const { engine, data, signal } = parts;
  const tokenizer = makeTokenizer(config);
  const line = progress({ label: "latents", total: data.train.length });
  const encodeOptions = { ...(signal ? { signal } : {}) };
  const train = await encodeDataset(data.train, tokenizer, {
    ...encodeOptions,
    onProgress: (done) => line.update(done),
  });
  const heldOut = await encodeDataset(data.heldOut, tokenizer, encodeOptions);
  line.finish(`${data.train.length} images, ${data.heldOut.length} held out${badFiles(data)}`);
  const memory = config.conditioner.kind === "memory-bank" ? await openMemory(config, parts) : undefined;
  const conditioner = await makeConditioner(config, {
    classes: data.classes.length,
    ...(memory ? { bank: memory.bank } : {}),
  });
  const model = makeModel(config, tokenizer.latent(config.image.size), conditioner);
  const heldOutSnippets = memory ? { snippets: await snippetsOf(memory.encoder, data.heldOut) } : {};
  return {
    ...{ config, engine, data, tokenizer, conditioner, model, objective: makeObjective(config) },
    // training rows stay those of the images, whatever edits the bank has seen
    train: trainingSet({ ...train, ...(memory ? { snippets: (rows: Int32Array) => memory.bank.at(rows) } : {}) }),
    heldOut: trainingSet({ ...heldOut, ...heldOutSnippets }),
    ...(memory ? { memory } : {}),
  };
}

async function openMemory(
  config: RunConfig,
  { engine, data, files, signal }: Parameters<typeof buildPipeline>[1],
): Promise<{ readonly encoder: Encoder; readonly bank: Bank }> {
  const encoder = await openEncoder(files.encoder, data.train, {
    engine,
    settings: config.encoder,
    seed: config.seed,
    signal,
  });
  const bank = await openRunBank(files, data.train, { engine, encoder, rank: config.bank.rank, signal });
  return { encoder, bank };
}

const badFiles = ({ bad }: Data): string =>
  bad.length === 0 ? "" : `, ${bad.length} unusable files left out: ${bad[0]?.file}${bad.length > 1 ? " …" : ""}`;
