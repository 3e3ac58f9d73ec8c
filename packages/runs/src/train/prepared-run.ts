import type { Conditioner, Objective, VelocityModel } from "@gmem/spec";
import { type Engine, GMemError } from "@gmem/tensor";
import type { RunConfig } from "../config/schema.ts";
import type { RunFiles } from "../folder/run-files.ts";
import { openModel, openObjective } from "../open/open-model.ts";
import { snippetWidth } from "../open/snippet-width.ts";
import { needsOf } from "../parts/conditioner.ts";
import { openTextEncoder } from "../parts/text-encoder.ts";
import type { OpenTextEncoder } from "../parts/text-encoder-kind.ts";
import { keepTokenizer, openTokenizer } from "../parts/tokenizer.ts";
import type { OpenTokenizer } from "../parts/tokenizer-kind.ts";
import type { WorkOptions } from "../progress.ts";
import type { DataSource } from "./data-source.ts";
import { prepareData } from "./prepare-data.ts";
import type { TrainingData } from "./training-data.ts";

/** Everything between a folder of images and a train step. */
export interface PreparedRun extends TrainingData {
  readonly config: RunConfig;
  readonly engine: Engine;
  readonly tokenizer: OpenTokenizer;
  readonly conditioner: Conditioner;
  readonly model: VelocityModel;
  readonly objective: Objective;
}

export interface PrepareRunOptions extends WorkOptions {
  readonly engine: Engine;
  readonly source: DataSource;
  readonly files: RunFiles;
  /** True for a run that has made steps: its bank must be there as it was. Default false. */
  readonly hasBegun?: boolean;
}

/** Latents, encoder, bank, conditioner and model of a run; what the run folder holds already is not made again. */
export async function prepareRun(config: RunConfig, options: PrepareRunOptions): Promise<PreparedRun> {
  const { engine, source, files, hasBegun: _, ...work } = options;
  checkNeeds(config, source);
  const tokenizer = await openTokenizer(config, { engine, kept: files.tokenizer, ...work });
  await keepTokenizer(config, files.tokenizer, [files.tokenizer]);
  let textEncoder: OpenTextEncoder | undefined;
  let data: TrainingData | undefined;
  const close = async (): Promise<void> => {
    await textEncoder?.dispose?.();
    await data?.close();
  };
  try {
    if (config.textEncoder) textEncoder = await openTextEncoder(config.textEncoder, options);
    data = await prepareData(config, { ...options, tokenizer, textEncoder });
    sayRepeats(config, data.train.length, options);
    const isText = config.conditioner.kind === "t2s";
    const model = await openModel(config, {
      classes: source.classes.length,
      bank: data.memory?.bank,
      targetWidths: data.targetWidths,
      ...(textEncoder ? { textEncoder } : {}),
      ...(isText && { snippetDim: data.memory?.bank.dim ?? (await snippetWidth(config, options.files)) }),
    });
    const objective = openObjective(config, model.backbone.latent);
    const textEncoderId = textEncoder?.id;
    return {
      ...data,
      ...(textEncoderId !== undefined && { textEncoderId }),
      config,
      engine,
      tokenizer,
      conditioner: model.conditioner,
      model,
      objective,
      close,
    };
  } catch (error) {
    await close();
    throw error;
  }
}

/** Says that a step sees each image more than once, where there are fewer than a batch. */
function sayRepeats({ batch }: RunConfig, images: number, { onProgress }: WorkOptions): void {
  if (batch <= images) return;
  const result = `${batch} in each step of ${images} images: a step goes through them more than once`;
  onProgress?.({ stage: "batch", done: images, total: images, result });
}

/** @throws {GMemError} code `DATA` for images without labels where the conditioner needs them. */
function checkNeeds({ conditioner }: RunConfig, { classes }: DataSource): void {
  const { labels } = needsOf(conditioner);
  if (labels && classes.length === 0)
    throw new GMemError(
      "DATA",
      `conditioner: ${conditioner.kind} needs a class of every image, got none; put the images of each class into a folder of its own`,
    );
}
