import type { Objective, Params, TrainingSet, VelocityModel } from "@gmem/spec";
import { checkOptions, type Engine, GMemError, type Named, type NDArray, type OptionTable } from "@gmem/tensor";
import type { BestMetric, Json } from "./checkpoint.ts";
import { type EmaConfig, emaDefaults } from "./ema.ts";
import { frozenBut } from "./frozen-but.ts";
import { type Learner, velocityLearner } from "./learner.ts";
import { type AdamWConfig, adamwDefaults } from "./optimizer.ts";
import type { RunLock } from "./run-lock.ts";
import { constantRate, type ScheduleConfig } from "./schedule.ts";
import type { Precision } from "./train-state.ts";
import type { Trainer } from "./trainer.ts";

/** Where and when a run is saved. */
export interface CheckpointOptions {
  /** The run folder: it gets `checkpoints/`, `metrics.jsonl` and, while a process writes there, `run.lock`. */
  readonly folder: string;
  /** The folder's lock, if the caller has it already: it stays the caller's. */
  readonly lock?: RunLock;
  /** Steps between checkpoints; the last step is always saved. Default 500. */
  readonly every?: number;
  /** How many of the latest stay; default 3. */
  readonly keep?: number;
  /** Keeps the checkpoint that is best by this metric as well. */
  readonly best?: BestMetric;
  /** Measured before each checkpoint, for instance the loss on held-out data; goes into metrics.jsonl and meta.json. */
  readonly evaluate?: (trainer: Trainer) => Promise<Named<number>>;
}

/** A diffusion model and what it learns by. */
export interface TrainOptions extends Omit<LearnerOptions, "learner"> {
  readonly model: VelocityModel;
  readonly objective: Objective;
}

export interface LearnerOptions {
  readonly engine: Engine;
  readonly learner: Learner;
  readonly data: TrainingSet;
  /** Optimizer steps of the whole run, those before a resume included. */
  readonly steps: number;
  /** Samples in one optimizer step. */
  readonly batchSize: number;
  /** Micro-batches that a step is split into to save memory; divides `batchSize`. Default 1. */
  readonly accumulate?: number;
  /**
   * More engines, which share the micro-batches of a step with `engine`, so that there are `1 + engines.length` of them; that
   * divides `accumulate`. Gradients are added up in the order of the micro-batches: the result has the bits of `engine`
   * alone. Each holds a copy of the parameters; averages and moments are `engine`'s. Default none. They stay the caller's.
   */
  readonly engines?: readonly Engine[];
  /** Steps in one call of the engine, for devices where a call is dear; divides `steps` and `checkpoint.every`. Default 1. */
  readonly stepsPerRun?: number;
  /**
   * What matrix products are computed in: `f16` for devices that are faster with it. Parameters, moments and averages stay float32, as do norms,
   * softmax and losses; the loss is scaled so that gradients do not vanish, and a step whose gradients overflow is skipped and
   * halves the scale. Not with `engines`. Default f32.
   */
  readonly precision?: Precision;
  /** Default 0. */
  readonly seed?: number;
  /** What differs from {@link adamwDefaults}. */
  readonly optimizer?: Partial<AdamWConfig>;
  /** What differs from {@link emaDefaults}. */
  readonly ema?: Partial<EmaConfig>;
  /** What differs from {@link constantRate}. */
  readonly schedule?: Partial<ScheduleConfig>;
  /**
   * Beginnings of the names of the parameters that move, such as `["t2s."]`; all others keep their value and cost neither a
   * gradient nor moments, and their average is the value itself. Default: all.
   */
  readonly only?: readonly string[];
  /** Parameters to start from, complete; default those that it draws. */
  readonly parameters?: Params<NDArray>;
  /** Without it nothing is written. */
  readonly checkpoint?: CheckpointOptions;
  /** Continue from the latest complete checkpoint of the folder, if there is one. Default false: a used folder is refused. */
  readonly resume?: boolean;
  /** More of the caller's configuration to keep in checkpoints and to compare on resume. */
  readonly config?: Json;
  /** Identifies the data; default a fingerprint of its content. */
  readonly dataId?: string;
  /** Stops between two steps with code `ABORTED`; the trainer can still be saved. */
  readonly signal?: AbortSignal;
}

/** {@link LearnerOptions} with every default in place. */
export interface ResolvedOptions extends LearnerOptions {
  readonly engines: readonly Engine[];
  readonly accumulate: number;
  readonly stepsPerRun: number;
  readonly precision: Precision;
  readonly seed: number;
  readonly optimizer: AdamWConfig;
  readonly ema: EmaConfig;
  readonly schedule: ScheduleConfig & { readonly steps: number };
}

const shared: OptionTable<Omit<LearnerOptions, "learner">> = {
  engine: "required",
  data: "required",
  steps: "required",
  batchSize: "required",
  accumulate: "optional",
  engines: "optional",
  stepsPerRun: "optional",
  precision: "optional",
  seed: "optional",
  optimizer: "optional",
  ema: "optional",
  schedule: "optional",
  only: "optional",
  parameters: "optional",
  checkpoint: "optional",
  resume: "optional",
  config: "optional",
  dataId: "optional",
  signal: "optional",
};

/** {@link TrainOptions} as those of its learner. @throws {GMemError} code `CONFIG` for one that is missing or unknown. */
export function learnerOptions(options: TrainOptions): LearnerOptions {
  checkOptions("train", options, { ...shared, model: "required", objective: "required" });
  const { model, objective, ...rest } = options;
  return { ...rest, learner: velocityLearner({ model, objective }) };
}

/** Fills in defaults. @throws {GMemError} code `CONFIG` for numbers that do not fit together, `DATA` for too little data. */
export function resolveOptions(options: LearnerOptions): ResolvedOptions {
  checkOptions("train", options, { ...shared, learner: "required" });
  const { steps, batchSize, accumulate = 1, engines = [], stepsPerRun = 1, seed = 0, data, checkpoint } = options;
  const { precision = "f32" } = options;
  const whole = {
    steps,
    batchSize,
    accumulate,
    stepsPerRun,
    "checkpoint.every": checkpoint?.every ?? 500,
    "checkpoint.keep": checkpoint?.keep ?? 3,
  };
  for (const [name, value] of Object.entries(whole))
    if (!Number.isSafeInteger(value) || value < 1)
      fail("CONFIG", `${name} must be a whole number of at least 1`, value);
  if (batchSize % accumulate !== 0) fail("CONFIG", `accumulate must divide batchSize ${batchSize}`, accumulate);
  const devices = 1 + engines.length;
  if (accumulate % devices !== 0)
    fail("CONFIG", `accumulate must be a multiple of the ${devices} engines that share its micro-batches`, accumulate);
  if (stepsPerRun > 1 && accumulate > 1)
    fail("CONFIG", "stepsPerRun and accumulate cannot both be above 1", `${stepsPerRun} and ${accumulate}`);
  if (steps % stepsPerRun !== 0) fail("CONFIG", `stepsPerRun must divide steps ${steps}`, stepsPerRun);
  if (checkpoint && whole["checkpoint.every"] % stepsPerRun !== 0)
    fail("CONFIG", `stepsPerRun must divide checkpoint.every ${whole["checkpoint.every"]}`, stepsPerRun);
  if (precision !== "f32" && precision !== "f16") fail("CONFIG", "precision must be f32 or f16", String(precision));
  if (precision === "f16" && engines.length > 0)
    fail("CONFIG", "precision f16 is for one engine", `${engines.length} more; leave out engines`);
  if (!options.engine.dtypes.has(precision))
    fail("CONFIG", "precision must be one that the engine has", `${precision} on ${options.engine.name}`);
  if (data.length < 1) fail("DATA", "the training set must have examples; add images", data.length);
  const shape = String(options.learner.latent);
  if (String(data.latent) !== shape) fail("DATA", `latents must be the network's [${shape}]`, `[${data.latent}]`);
  const schedule = { ...constantRate, ...options.schedule };
  return {
    ...options,
    learner: options.only ? frozenBut(options.learner, options.only) : options.learner,
    engines,
    accumulate,
    stepsPerRun,
    precision,
    seed,
    optimizer: { ...adamwDefaults, ...options.optimizer },
    ema: { ...emaDefaults, ...options.ema },
    schedule: { ...schedule, steps: schedule.steps ?? steps },
  };
}

function fail(code: "CONFIG" | "DATA", rule: string, got: number | string): never {
  throw new GMemError(code, `train: ${rule}, got ${got}`);
}
