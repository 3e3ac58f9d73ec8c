import { trainingSet } from "@gmem/datasets";
import { estimateMemory } from "@gmem/engine-onnx";
import { build } from "@gmem/memory-bank";
import { key, type NDArray, sizeOf } from "@gmem/tensor";
import { stepGraph, train } from "@gmem/trainer";
import type { RunConfig } from "../config/schema.ts";
import { duration, quantity } from "../output/progress.ts";
import { makeConditioner, makeEngine, makeModel, makeObjective, makeTokenizer } from "./model-parts.ts";
import { openData } from "./open-data.ts";

const timedSteps = 5;

/** Builds the whole train step, runs a few of them on random numbers and says what the run will take. Writes nothing. */
export async function dryRun(config: RunConfig, { json }: { readonly json?: boolean }): Promise<void> {
  const data = await openData(config);
  const latent = makeTokenizer(config).latent(config.image.size);
  const rows = Math.max(config.batch, 16);
  const rng = key(config.seed);
  const bank = build(rng.split("snippets").normal([rows, config.encoder.dim]));
  const classes = Math.max(1, data.classes.length);
  const conditioner = await makeConditioner(config, { bank, classes });
  const model = makeModel(config, latent, conditioner);
  const objective = makeObjective(config);
  const micro = {
    model,
    objective,
    optimizer: config.optimizer,
    n: config.batch / config.accumulate,
    accumulate: config.accumulate,
  };
  const memory = estimateMemory(stepGraph(micro));
  const parameters = Object.values(model.avals()).reduce((sum, { shape }) => sum + sizeOf(shape), 0);
  const facts = {
    images: data.train.length,
    heldOut: data.heldOut.length,
    badFiles: data.bad.length,
    parameters,
    memoryBytes: memory.total,
    imagesSeen: config.steps * config.batch,
    epochs: Number(((config.steps * config.batch) / data.train.length).toFixed(2)),
  };
  const engine = await makeEngine(config);
  try {
    const set = trainingSet({
      latents: rng.split("latents").normal([rows, ...latent]),
      labels: Int32Array.from({ length: rows }, (_, row) => row % classes),
      snippets: (wanted: Int32Array): Promise<NDArray<"f32">> => bank.at(wanted),
    });
    const trainer = await train({
      ...{
        engine,
        model,
        objective,
        data: set,
        steps: timedSteps,
        batchSize: config.batch,
        accumulate: config.accumulate,
      },
      ...{ optimizer: config.optimizer, ema: config.ema },
    });
    let fastest = Number.POSITIVE_INFINITY;
    for await (const { seconds } of trainer) fastest = Math.min(fastest, seconds);
    await trainer.close();
    print(
      { ...facts, stepsPerSecond: Number((1 / fastest).toPrecision(3)), seconds: fastest * config.steps },
      { config, json: json === true },
    );
  } finally {
    await engine.dispose();
  }
}

type Facts = Readonly<
  Record<
    | "images"
    | "heldOut"
    | "badFiles"
    | "parameters"
    | "memoryBytes"
    | "imagesSeen"
    | "epochs"
    | "stepsPerSecond"
    | "seconds",
    number
  >
>;

function print(facts: Facts, { config, json }: { readonly config: RunConfig; readonly json: boolean }): void {
  if (json) {
    process.stdout.write(`${JSON.stringify(facts)}\n`);
    return;
  }
  const finish = new Date(Date.now() + facts.seconds * 1000);
  const lines = [
    `images      ${facts.images} to train on, ${facts.heldOut} held out${facts.badFiles ? `, ${facts.badFiles} unusable` : ""}`,
    `parameters  ${quantity(facts.parameters)}`,
    `memory      ${quantity(facts.memoryBytes, "B")} for the train step, estimated`,
    `speed       ${facts.stepsPerSecond} steps/s at batch ${config.batch}`,
    `data        ${quantity(facts.imagesSeen)} images seen, ${facts.epochs} epochs`,
    `finish      ${duration(facts.seconds)} for ${config.steps} steps, at ${finish.toLocaleTimeString()} if started now (samples and checkpoints not counted)`,
  ];
  process.stdout.write(`${lines.join("\n")}\n`);
}
