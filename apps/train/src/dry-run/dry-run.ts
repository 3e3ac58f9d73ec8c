import { trainingSet } from "@gmem/datasets";
import { captionsInWords } from "@gmem/datasets/captions";
import { leftOutNames, leftOutSummary, someNames } from "@gmem/datasets/folder";
import { build } from "@gmem/memory-bank";
import {
  checkParts,
  checkStart,
  type DataFacts,
  encoderWidths,
  heldOutCount,
  needsOf,
  openEngine,
  openModel,
  openObjective,
  openSource,
  type RunConfig,
  repaSettings,
} from "@gmem/runs";
import type { VelocityModel } from "@gmem/spec";
import { counted, type Engine, key, type NDArray } from "@gmem/tensor";
import { duration, quantity } from "@gmem/terminal";
import { train, velocityLearner } from "@gmem/trainer";
import { type Gpu, gpuNamed, usualShare } from "./gpus.ts";
import { type StepCost, stepCost, timedBatch } from "./step-cost.ts";

export interface DryRunOptions {
  /** A card of the table in gpus.ts; default a100. */
  readonly gpu?: string;
  readonly json?: boolean;
  /** False for a preset whose data is the user's and not given. */
  readonly hasData: boolean;
}

const timedSteps = 3;

/**
 * Traces the whole train step and says what the run will take, here and on a GPU: by the graph, and by a few steps on random
 * numbers where this machine can make them. Needs no weights and writes nothing.
 */
export async function dryRun(config: RunConfig, { gpu = "a100", json, hasData }: DryRunOptions): Promise<void> {
  const card = gpuNamed(gpu);
  await checkParts(config);
  if (config.start?.run) await checkStart(config); // a preset whose start is the user's can be looked at before there is one
  const images = hasData ? await countImages(config) : undefined;
  const classes = Math.max(1, images?.facts.classes.length ?? 1000);
  const { dim } = await encoderWidths(config.encoder, images?.train);
  const targetWidths = await Promise.all(
    repaSettings(config).map(async (one) => (await encoderWidths(one)).tokens ?? dim),
  );
  const bank = build(key(config.seed).split("snippets").normal([16, dim]));
  const model = await openModel(config, { bank, classes, targetWidths });
  const objective = openObjective(config, model.backbone.latent);
  const cost = stepCost(config, velocityLearner({ model, objective }));
  const engine = await openEngine(config.engine);
  try {
    const n = timedBatch(config, cost);
    const seconds = n === 0 ? undefined : (await timed(config, { engine, model, n, classes })) * (config.batch / n);
    const found = { images, cost, n, seconds, gpu: onGpu(config, cost, card) };
    process.stdout.write(json ? `${JSON.stringify(asJson(config, found))}\n` : `${asText(config, found).join("\n")}\n`);
  } finally {
    await engine.dispose();
  }
}

interface Images {
  readonly train: number;
  readonly heldOut: number;
  readonly facts: DataFacts;
}

async function countImages(config: RunConfig): Promise<Images> {
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

/** Seconds of a step over n samples, the fastest of a few. */
async function timed(
  config: RunConfig,
  parts: {
    readonly engine: Engine;
    readonly model: VelocityModel;
    readonly n: number;
    readonly classes: number;
  },
): Promise<number> {
  const { engine, model, n, classes } = parts;
  const rng = key(config.seed);
  const rows = Math.max(n, 4);
  const normal = (name: string, shape: readonly number[]): NDArray<"f32"> => rng.split(name).normal([rows, ...shape]);
  const { projectors } = model;
  const { snippetDim } = model.conditioner;
  const set = trainingSet({
    latents: normal("latents", model.backbone.latent),
    labels: Int32Array.from({ length: rows }, (_, row) => row % classes),
    ...(needsOf(config.conditioner).snippets ? { snippets: normal("rows", [snippetDim]) } : {}),
    ...(projectors && { targets: projectors.map(({ tokens, width }) => normal("targets", [tokens, width])) }),
  });
  const { optimizer, ema } = config;
  const objective = openObjective(config, model.backbone.latent);
  const trainer = await train({ engine, model, objective, data: set, steps: timedSteps, batchSize: n, optimizer, ema });
  let fastest = Number.POSITIVE_INFINITY;
  for await (const { seconds } of trainer) fastest = Math.min(fastest, seconds);
  await trainer.close();
  return fastest;
}

const pace = (seconds: number): string =>
  seconds < 1 ? `${Number((1 / seconds).toPrecision(3))} steps/s` : `${duration(seconds)} a step`;

interface OnGpu {
  readonly card: Gpu;
  /** Of one step, at the usual share of the peak. */
  readonly seconds: number;
  /** Micro-batches that a step must be split into to fit; 0 if one sample does not. */
  readonly accumulate: number;
  readonly memory: number;
}

function onGpu({ batch }: RunConfig, cost: StepCost, card: Gpu): OnGpu {
  const seconds = cost.flops / (usualShare * card.peak);
  for (let accumulate = 1; accumulate <= batch; accumulate++) {
    if (batch % accumulate !== 0) continue;
    const memory = cost.memoryOf(batch / accumulate);
    if (memory < 0.92 * card.memory) return { card, seconds, accumulate, memory };
  }
  return { card, seconds, accumulate: 0, memory: cost.memoryOf(1) };
}

interface Found {
  readonly images: Images | undefined;
  readonly cost: StepCost;
  /** Samples of the timed step; 0 if none was made. */
  readonly n: number;
  /** Of a whole step, by the timed one. */
  readonly seconds: number | undefined;
  readonly gpu: OnGpu;
}

function asJson(config: RunConfig, { images, cost, n, seconds, gpu }: Found): Record<string, unknown> {
  const seen = config.steps * config.batch;
  const { leftOut, captioned, uncaptioned, credits } = images?.facts ?? {};
  return {
    ...(images
      ? {
          images: images.train,
          heldOut: images.heldOut,
          leftOut,
          ...(captioned && { captions: captioned }),
          ...(uncaptioned && { uncaptioned }),
          ...(credits && { credits }),
        }
      : {}),
    parameters: cost.parameters,
    memoryBytes: Math.round(cost.memory),
    flopsPerStep: cost.flops,
    imagesSeen: seen,
    ...(images ? { epochs: Number((seen / images.train).toFixed(2)) } : {}),
    ...(seconds === undefined
      ? { timedBatch: 0 }
      : { timedBatch: n, stepsPerSecond: Number((1 / seconds).toPrecision(3)), seconds: seconds * config.steps }),
    gpu: {
      name: gpu.card.name,
      share: usualShare,
      secondsPerStep: gpu.seconds,
      seconds: gpu.seconds * config.steps,
      accumulate: gpu.accumulate,
      memoryBytes: Math.round(gpu.memory),
    },
  };
}

function asText(config: RunConfig, { images, cost, n, seconds, gpu }: Found): string[] {
  const { batch, steps } = config;
  const { card } = gpu;
  const seen = steps * batch;
  const { leftOut = [], captioned, uncaptioned = [], credits = [] } = images?.facts ?? {};
  const without = leftOut.length > 0 ? `, ${leftOutSummary(leftOut)}` : "";
  const epochs = images ? `, ${(seen / images.train).toFixed(2)} epochs` : "";
  const split = gpu.accumulate > 1 ? `accumulate=${gpu.accumulate}, ` : "";
  const fit =
    gpu.accumulate === 0
      ? `one sample needs ${quantity(gpu.memory, "B")}: it does not fit`
      : `${split}${quantity(gpu.memory, "B")} of its memory`;
  const here =
    seconds === undefined
      ? ["speed       not timed: one sample's step does not fit this machine's memory"]
      : [
          `speed       ${pace(seconds)} here at batch ${batch}${n < batch / config.accumulate ? `, by steps of ${n}` : ""}`,
          `finish      ${duration(seconds * steps)} for ${counted(steps, "step")} here (samples and checkpoints not counted)`,
        ];
  return [
    images
      ? `images      ${images.train} to train on, ${images.heldOut} held out${without}`
      : "images      none opened; give data=FOLDER",
    ...leftOutNames(leftOut).map((name) => `left out    ${name}`),
    ...(captioned ? [`captions    ${captionsInWords(captioned)}`] : []),
    ...someNames(uncaptioned, 10).map((name) => `without     ${name}`),
    ...credits.map(
      ({ package: name, version, author, licence }) => `credit      ${name} ${version}: ${author}, ${licence}`,
    ),
    `parameters  ${quantity(cost.parameters)}`,
    `memory      ${quantity(cost.memory, "B")} for the train step, estimated`,
    `work        ${quantity(cost.flops, "FLOP")} a step, ${quantity(cost.flops * steps, "FLOP")} in all`,
    `data        ${quantity(seen)} images seen${epochs}`,
    ...here,
    `on a GPU    ${card.name}: ${duration(gpu.seconds * steps)} for ${counted(steps, "step")} at ${100 * usualShare} % of ${quantity(card.peak, "FLOP/s")}, an estimate; ${fit}`,
  ];
}
