import { trainingSet } from "@gmem/datasets";
import type { CaptionVectors } from "@gmem/datasets/captions";
import { build } from "@gmem/memory-bank";
import {
  checkParts,
  checkStart,
  encoderWidths,
  heldOutCount,
  movedBy,
  needsOf,
  openEngines,
  openModel,
  openObjective,
  openSource,
  type RunConfig,
  repaSettings,
  textWidth,
} from "@gmem/runs";
import type { TrainingSet, VelocityModel } from "@gmem/spec";
import { key, type NDArray } from "@gmem/tensor";
import { frozenBut, type Learner, velocityLearner } from "@gmem/trainer";
import { gpuNamed } from "./gpus.ts";
import { type CountedImages, type SayCostsOptions, sayCosts } from "./say-costs.ts";
import { stepCost, timedBatch } from "./step-cost.ts";
import { timedStep } from "./timed-step.ts";

export interface DryRunOptions extends SayCostsOptions {
  /** False for a preset whose data is the user's and not given. */
  readonly hasData: boolean;
}

/**
 * Traces the whole train step and says what the run will take, here and on a GPU: by the graph, and by a few steps on random
 * numbers where this machine can make them. Needs no weights and writes nothing.
 */
export async function dryRun(config: RunConfig, { hasData, ...options }: DryRunOptions): Promise<void> {
  gpuNamed(options.gpu); // refused before anything is opened
  await checkParts(config);
  if (config.start?.run) await checkStart(config); // a preset whose start is the user's can be looked at before there is one
  const images = hasData ? await countImages(config) : undefined;
  const classes = Math.max(1, images?.facts.classes.length ?? 1000);
  const { dim } = await encoderWidths(config.encoder, images?.train);
  const targetWidths = await Promise.all(
    repaSettings(config).map(async (one) => (await encoderWidths(one)).tokens ?? dim),
  );
  const bank = build(key(config.seed).split("snippets").normal([16, dim]));
  const textDim = config.textEncoder ? await textWidth(config.textEncoder) : undefined;
  const model = await openModel(config, { bank, classes, targetWidths, textDim, snippetDim: dim });
  const learner = moving(config, velocityLearner({ model, objective: openObjective(config, model.backbone.latent) }));
  const isExact = config.exchange === "exact";
  const sharing = isExact ? config : { ...config, workers: 1 }; // a part of a round is a worker's own
  const cost = stepCost(sharing, learner);
  const opened = await openEngines(config);
  const [engine, ...others] = opened;
  const engines = isExact ? others : [];
  try {
    const n = timedBatch(sharing, cost);
    const data = randomRows(config, { model, rows: Math.max(n, 4), classes, textDim });
    const seconds = n === 0 ? undefined : await timedStep(config, { engine, engines, learner, data, n });
    sayCosts(config, { images, cost, n, seconds, engines: opened.length }, options);
  } finally {
    for (const one of opened) await one.dispose();
  }
}

const moving = (config: RunConfig, learner: Learner): Learner => {
  const only = movedBy(config);
  return only ? frozenBut(learner, only) : learner;
};

/** Vectors [N,dim] as those of one caption a row. */
const oneEach = (vectors: NDArray<"f32">): CaptionVectors => {
  const [rows = 0, dim = 0] = vectors.shape;
  return { dim, encoderId: "drawn", vectors, first: Int32Array.from({ length: rows + 1 }, (_, row) => row) };
};

async function countImages(config: RunConfig): Promise<CountedImages> {
  const source = await openSource(config);
  if (source.kind === "images") {
    const { train, heldOut } = source.data;
    return { train: train.length, heldOut: heldOut.length, facts: source };
  }
  const { count, heldOut: rows } = source.stored.manifest;
  await source.stored.close();
  const heldOut = rows?.length ?? heldOutCount(config.image, count);
  return { train: count - heldOut, heldOut, facts: source };
}

/** Numbers of the shapes that a step takes. */
function randomRows(
  config: RunConfig,
  {
    model,
    rows,
    classes,
    textDim,
  }: {
    readonly model: VelocityModel;
    readonly rows: number;
    readonly classes: number;
    readonly textDim: number | undefined;
  },
): TrainingSet {
  const rng = key(config.seed);
  const normal = (name: string, shape: readonly number[]): NDArray<"f32"> => rng.split(name).normal([rows, ...shape]);
  const { projectors } = model;
  const { snippetDim } = model.conditioner;
  return trainingSet({
    latents: normal("latents", model.backbone.latent),
    labels: Int32Array.from({ length: rows }, (_, row) => row % classes),
    ...(needsOf(config.conditioner).snippets ? { snippets: normal("rows", [snippetDim]) } : {}),
    ...(textDim !== undefined && { texts: oneEach(normal("texts", [textDim])) }),
    ...(projectors && { targets: projectors.map(({ tokens, width }) => normal("targets", [tokens, width])) }),
  });
}
