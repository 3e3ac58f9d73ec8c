import { captionsInWords } from "@gmem/datasets/captions";
import { leftOutNames, leftOutSummary, someNames } from "@gmem/datasets/folder";
import type { DataFacts } from "@gmem/runs";
import { counted } from "@gmem/tensor";
import { duration, quantity } from "@gmem/terminal";
import { type Gpu, gpuNamed, usualShare } from "./gpus.ts";
import type { StepCost } from "./step-cost.ts";

/** Of a configuration, what its cost is counted by. */
export interface DryRunSize {
  readonly steps: number;
  readonly batch: number;
  readonly accumulate: number;
  /** Default 1. */
  readonly workers?: number;
  /** Default "exact". */
  readonly exchange?: "exact" | "rounds";
  readonly rounds?: { readonly steps: number };
}

/** What there is to train on. */
export interface CountedImages {
  readonly train: number;
  readonly heldOut: number;
  readonly facts: DataFacts;
}

export interface Costs {
  readonly images: CountedImages | undefined;
  readonly cost: StepCost;
  /** Samples of the timed step; 0 if none was made. */
  readonly n: number;
  /** Of a whole step, by the timed one. */
  readonly seconds: number | undefined;
  /** Of this machine; default 1. */
  readonly engines?: number;
}

export interface SayCostsOptions {
  /** A card of the table in gpus.ts; default a100. */
  readonly gpu?: string;
  readonly json?: boolean;
}

/** Says what a training will take, here and on a GPU. */
export function sayCosts(config: DryRunSize, costs: Costs, { gpu, json }: SayCostsOptions): void {
  const found = { ...costs, gpu: onGpu(config, costs.cost, gpuNamed(gpu)) };
  process.stdout.write(json ? `${JSON.stringify(asJson(config, found))}\n` : `${asText(config, found).join("\n")}\n`);
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

function onGpu({ batch }: DryRunSize, cost: StepCost, card: Gpu): OnGpu {
  const seconds = cost.flops / (usualShare * card.peak);
  for (let accumulate = 1; accumulate <= batch; accumulate++) {
    if (batch % accumulate !== 0) continue;
    const memory = cost.memoryOf(batch / accumulate);
    if (memory < 0.92 * card.memory) return { card, seconds, accumulate, memory };
  }
  return { card, seconds, accumulate: 0, memory: cost.memoryOf(1) };
}

/** Parts of a round, each of which makes all steps. */
const partsOf = ({ exchange, workers = 1 }: DryRunSize): number => (exchange === "rounds" ? workers : 1);

/** Bytes that go to and from the store in a round of W parts, each by a process of its own: 10W + 4 numbers a parameter. */
const storedBytes = (config: DryRunSize, { moved }: StepCost): number => 4 * moved * (10 * partsOf(config) + 4);

/** What goes between workers, in words and numbers. */
function between(config: DryRunSize, cost: StepCost) {
  const { exchange, workers, rounds } = config;
  if (exchange === "rounds") {
    const bytes = storedBytes(config, cost);
    return {
      facts: { workers, roundSteps: rounds?.steps, roundBytes: bytes },
      line: `workers     ${workers} parts of a round of ${rounds?.steps} steps; ${quantity(bytes, "B")} go to and from the store in a round`,
    };
  }
  if (cost.exchanged === 0) return undefined;
  return {
    facts: { workers, exchangedBytes: cost.exchanged },
    line: `workers     ${workers}; ${quantity(cost.exchanged, "B")} of gradients and parameters go between them in a step`,
  };
}

interface Found extends Costs {
  readonly gpu: OnGpu;
}

function asJson(config: DryRunSize, found: Found): Record<string, unknown> {
  const { images, cost, n, seconds, gpu } = found;
  const parts = partsOf(config);
  const seen = config.steps * config.batch * parts;
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
    ...between(config, cost)?.facts,
    imagesSeen: seen,
    ...(images ? { epochs: Number((seen / images.train).toFixed(2)) } : {}),
    ...(seconds === undefined
      ? { timedBatch: 0 }
      : { timedBatch: n, stepsPerSecond: Number((1 / seconds).toPrecision(3)), seconds: secondsHere(config, found) }),
    gpu: {
      name: gpu.card.name,
      share: usualShare,
      secondsPerStep: gpu.seconds,
      seconds: gpu.seconds * config.steps * parts,
      accumulate: gpu.accumulate,
      memoryBytes: Math.round(gpu.memory),
    },
  };
}

/** Of all steps, by this machine alone: its engines take parts of a round in turn. */
const secondsHere = (config: DryRunSize, { seconds, engines = 1 }: Costs): number | undefined =>
  seconds === undefined ? undefined : seconds * config.steps * Math.ceil(partsOf(config) / engines);

function asText(config: DryRunSize, found: Found): string[] {
  const { images, cost, n, seconds, gpu } = found;
  const { batch, steps } = config;
  const { card } = gpu;
  const parts = partsOf(config);
  const exchange = between(config, cost);
  const seen = steps * batch * parts;
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
      ? ["speed       not timed: one sample's step does not fit this machine's memory, or takes minutes"]
      : [
          `speed       ${pace(seconds)} here at batch ${batch}${n < batch / config.accumulate ? `, by steps of ${n}` : ""}`,
          `finish      ${duration(secondsHere(config, found) ?? 0)} for ${counted(steps, "step")} here (samples and checkpoints not counted)`,
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
    `work        ${quantity(cost.flops, "FLOP")} a step, ${quantity(cost.flops * steps * parts, "FLOP")} in all`,
    ...(exchange ? [exchange.line] : []),
    `data        ${quantity(seen)} images seen${epochs}`,
    ...here,
    `on a GPU    ${card.name}: ${duration(gpu.seconds * steps * parts)} for ${counted(steps, "step")} at ${100 * usualShare} % of ${quantity(card.peak, "FLOP/s")}, an estimate; ${fit}`,
  ];
}
