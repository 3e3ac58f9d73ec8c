import type { Objective } from "@gmem/model";
import type { Conditioner, Tokenizer, VelocityModel } from "@gmem/spec";
import type { Engine } from "@gmem/tensor";
import type { RunConfig } from "../config/schema.ts";
import type { DataSource } from "./data-source.ts";
import { latentShape, makeTokenizer } from "./make-tokenizer.ts";
import { makeConditioner, makeModel, makeObjective } from "./model-parts.ts";
import type { RunFiles } from "./run-files.ts";
import { prepareData, type TrainingData } from "./training-data.ts";

/** Everything between a folder of images and a train step. */
export interface Pipeline extends TrainingData {
  readonly config: RunConfig;
  readonly engine: Engine;
  readonly tokenizer: Tokenizer;
  readonly conditioner: Conditioner;
  readonly model: VelocityModel;
  readonly objective: Objective;
}

/** Latents, encoder, bank, conditioner and model of a run; what the run folder holds already is not made again. */
export async function buildPipeline(
  config: RunConfig,
  parts: {
    readonly engine: Engine;
    readonly source: DataSource;
    readonly files: RunFiles;
    readonly signal?: AbortSignal;
  },
): Promise<Pipeline> {
  const { engine, source, signal } = parts;
  const tokenizer = await makeTokenizer(config, { engine, signal });
  const data = await prepareData(config, { ...parts, tokenizer });
  try {
    const conditioner = await makeConditioner(config, {
      classes: source.classes.length,
      ...(data.memory ? { bank: data.memory.bank } : {}),
    });
    const { targetWidth } = data;
    const model = makeModel(config, { latent: latentShape(config), conditioner, targetWidth });
    return {
      ...data,
      config,
      engine,
      tokenizer,
      conditioner,
      model,
      objective: makeObjective(config, latentShape(config)),
    };
  } catch (error) {
    await data.close();
    throw error;
  }
}
