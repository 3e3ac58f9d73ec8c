import type { Store } from "@gmem/spec";
import {
  checkOptions,
  type Engine,
  GMemError,
  key,
  type Named,
  type NDArray,
  type OptionTable,
  withoutPrefix,
} from "@gmem/tensor";
import { type CheckpointFolder, openFolderOf } from "../checkpoint-folder.ts";
import { resumeIdentity, versions } from "../resume-identity.ts";
import { learnerOptions, type ResolvedOptions, resolveOptions, type TrainOptions } from "../train-options.ts";
import { groups, initialState, trainable } from "../train-state.ts";
import type { Trainer } from "../trainer.ts";
import { agree } from "./agree.ts";
import { flatten } from "./flat.ts";
import { Leases } from "./leases.ts";
import { type OuterConfig, outerDefaults } from "./outer-step.ts";
import { PartWorker } from "./part-worker.ts";
import { RoundFiles } from "./round-files.ts";
import { type RoundsProgress, RoundsTrainer } from "./rounds-trainer.ts";

/** How a run is made in rounds, by all who share a store. */
export interface RoundsOptions {
  readonly store: Store;
  /** W, parts of each round: whoever takes part makes some of them. */
  readonly workers: number;
  /** H, steps of each part; divides `steps` and `checkpoint.every`. */
  readonly innerSteps: number;
  /** What differs from {@link outerDefaults}. */
  readonly outer?: Partial<OuterConfig>;
  /** More engines of this process, each of which makes parts of its own. Default none. */
  readonly engines?: readonly Engine[];
  /** Seconds after which the part of one who is silent is made by another. Default 30. */
  readonly patience?: number;
  readonly onProgress?: (progress: RoundsProgress) => void;
}

const table: OptionTable<RoundsOptions> = {
  store: "required",
  workers: "required",
  innerSteps: "required",
  outer: "optional",
  engines: "optional",
  patience: "optional",
  onProgress: "optional",
};

/**
 * Trains in rounds, with everybody who calls it with the same store and options (DiLoCo, arXiv 2311.08105): in a round each of W
 * parts makes H steps of AdamW from the same parameters, on batches and with moments of its own; then an outer step joins
 * them. Gives one record for each round. The result depends on W, and not on who makes the parts or is lost; it is not
 * that of one worker. A run that is stopped loses the round that it is in, and ends with the same bits.
 * @throws {GMemError} as `train`, and code `CONFIG` or `DATA` where the store is another run's.
 * @example
 * // no-run
 * declare const options: TrainOptions;
 * declare const store: RoundsOptions["store"]; // the same on all machines
 * const trainer = await trainRounds(options, { store, workers: 4, innerSteps: 250 });
 * for await (const { step, loss } of trainer) console.log(step, loss);
 * await trainer.close();
 */
export async function trainRounds(given: TrainOptions, rounds: RoundsOptions): Promise<Trainer> {
  checkOptions("trainRounds", rounds, table);
  const options = resolveOptions(learnerOptions(given));
  const { store, workers, innerSteps, engines = [], patience = 30, onProgress } = rounds;
  const outer = { ...outerDefaults, ...rounds.outer };
  checkRounds(options, { workers, innerSteps, outer, patience });
  const found = await resumeIdentity(options);
  const identity = { ...found, config: { ...found.config, rounds: { workers, innerSteps, outer: { ...outer } } } };
  const { engine, learner, checkpoint, seed } = options;
  const made = versions(engine);
  const folder = await openFolderOf(options, identity);
  const closing: (() => Promise<void>)[] = folder ? [() => folder.close()] : [];
  try {
    await agree(store, { ...identity, versions: made });
    const start = startState(options, folder);
    const moved = trainable(learner, learner.avals());
    const flat = (group: "model" | "ema"): Float32Array => flatten(moved, withoutPrefix(groups[group], start));
    const { length } = flat("model");
    const files = new RoundFiles(store, length);
    const fresh = { step: 0, updates: 0, skipped: 0, skippedInARow: 0 };
    const { step, updates, skipped, skippedInARow } = folder?.resumed?.meta ?? fresh;
    if (!(await files.readStart(step / innerSteps))) {
      if (step > 0)
        throw new GMemError(
          "CHECKPOINT",
          `rounds: ${store.name} must hold the run up to step ${step}, as ${checkpoint?.folder} does, got none of it; restore it, or begin another run from this one`,
        );
      const arrays = { model: flat("model"), ema: flat("ema"), velocity: new Float32Array(length) };
      await files.writeStart(0, arrays, { loss: null, parts: {}, gradNorm: null, skipped: 0 });
    }
    const hands: PartWorker[] = [];
    closing.push(async () => {
      for (const hand of hands) await hand.close();
    });
    for (const one of [engine, ...engines])
      hands.push(await PartWorker.open(one, { options, workers, innerSteps }, start));
    return new RoundsTrainer({
      options,
      workers,
      innerSteps,
      files,
      hands: hands as [PartWorker, ...PartWorker[]],
      work: { files, leases: new Leases(store, { patience }), workers, outer, length },
      start: Object.fromEntries(Object.entries(start).filter(([name]) => /^(model|ema)\//.test(name))),
      ...(folder ? { folder } : {}),
      metrics: folder?.resumed?.meta.metrics ?? {},
      meta: { step, updates, skipped, skippedInARow, trend: undefined, seed, ...identity, versions: made },
      onProgress,
    });
  } catch (error) {
    for (const close of closing.reverse()) await close();
    throw error;
  }
}

/** Everything that a run begins or goes on with; moments are those of parts, and lie in the store. */
function startState(options: ResolvedOptions, folder: CheckpointFolder | undefined): Named<NDArray> {
  const { learner, seed } = options;
  const resumed = folder?.resumed?.state;
  const parameters = resumed
    ? withoutPrefix(groups.model, resumed)
    : (options.parameters ?? learner.init(key(seed).split("init")));
  const start = initialState(learner, parameters, { accumulates: false });
  return {
    ...start,
    ...Object.fromEntries(Object.entries(resumed ?? {}).filter(([name]) => name.startsWith(groups.ema))),
  };
}

function checkRounds(
  { steps, stepsPerRun, checkpoint }: ResolvedOptions,
  {
    workers,
    innerSteps,
    outer,
    patience,
  }: Required<Pick<RoundsOptions, "workers" | "innerSteps" | "patience">> & { readonly outer: OuterConfig },
): void {
  const fail = (rule: string, got: number | string): never => {
    throw new GMemError("CONFIG", `trainRounds: ${rule}, got ${got}`);
  };
  for (const [name, value] of Object.entries({ workers, innerSteps }))
    if (!Number.isSafeInteger(value) || value < 1) fail(`${name} must be a whole number of at least 1`, value);
  if (steps % innerSteps !== 0) fail(`innerSteps must divide steps ${steps}`, innerSteps);
  const every = checkpoint?.every ?? 500;
  if (checkpoint && every % innerSteps !== 0) fail(`innerSteps must divide checkpoint.every ${every}`, innerSteps);
  if (stepsPerRun > 1) fail("stepsPerRun must be 1", stepsPerRun);
  if (!(outer.lr > 0)) fail("outer.lr must be above 0", outer.lr);
  if (!(outer.momentum >= 0 && outer.momentum < 1)) fail("outer.momentum must be from 0 to below 1", outer.momentum);
  if (!(patience > 0)) fail("patience must be above 0 seconds", patience);
}
