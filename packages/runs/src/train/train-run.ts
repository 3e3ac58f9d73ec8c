import { rm } from "node:fs/promises";
import type { Store } from "@gmem/spec";
import { checkFinite } from "@gmem/tensor";
import type { RunLock, Trainer, TrainOptions } from "@gmem/trainer";
import { writeSafetensors } from "@gmem/weights";
import type { RunConfig } from "../config/schema.ts";
import { type ClaimedFolder, inClaimedFolder } from "../folder/claim-folder.ts";
import { modelMetadata } from "../folder/model-metadata.ts";
import { writeRunConfig } from "../folder/run-config.ts";
import type { RunFiles } from "../folder/run-files.ts";
import { versions } from "../folder/versions.ts";
import { withoutProjector } from "../open/read-parameters.ts";
import { type RunSamplers, runSamplers } from "../open/run-sampler.ts";
import { openEngines } from "../parts/engine.ts";
import type { WorkOptions } from "../progress.ts";
import { checkParts } from "./check-parts.ts";
import { checkStart } from "./check-start.ts";
import { checkWeights } from "./check-weights.ts";
import { openSource } from "./data-source.ts";
import { drive, type Watch } from "./drive.ts";
import { checkGoesOn, fixedSettings, movedBy } from "./fixed-settings.ts";
import { bestMetric, evaluateHeldOut, heldOutOf } from "./held-out.ts";
import { openSharedStore, openTrainer } from "./open-trainer.ts";
import { type PreparedRun, prepareRun } from "./prepared-run.ts";
import { startFrom } from "./start-from.ts";
import { startEncoderId } from "./start-run.ts";

/** A run that is being trained: what there is to show of it. */
export interface RunInTraining {
  readonly files: RunFiles;
  readonly prepared: PreparedRun;
  readonly trainer: Trainer;
  /** Of the averaged parameters as they are now. */
  readonly samplers: Pick<RunSamplers, "sampler">;
  /** What the run begins with, where that is another run. */
  readonly start?: string;
}

export interface TrainRunOptions extends WorkOptions {
  readonly files: RunFiles;
  readonly resume: boolean;
  /** Begins anew where a run is already: removes it. */
  readonly replace?: boolean;
  /** Looks on from the first step, which waits for it. */
  readonly watch?: (run: RunInTraining) => Watch | Promise<Watch>;
  /** Runs after the last step, on the averaged parameters, before the watch's end. */
  readonly afterwards?: (run: RunInTraining) => Promise<void>;
}

export interface TrainRunResult {
  readonly folder: string;
  readonly steps: number;
  /** Those that this call made: 0 of a run that was finished already. */
  readonly stepsMade: number;
  /** Of the last step. */
  readonly loss: number;
  readonly heldOut: Readonly<Record<string, number>>;
  readonly seconds: number;
}

/**
 * A run from configuration to a finished run folder, which is this process's from before anything is written until the end.
 * @throws {GMemError} code `ABORTED` when stopped, with everything saved; `LOCKED` while another process writes there; `CONFIG`
 * or `DATA` for a run that holds something else, with nothing changed; `DISK_FULL`, with the last checkpoint whole.
 */
export async function trainRun(config: RunConfig, options: TrainRunOptions): Promise<TrainRunResult> {
  const { files, resume, replace = false, onProgress } = options;
  await checkParts(config);
  checkWeights(config);
  const store = await openSharedStore(config, options);
  return inClaimedFolder(files, { resume, replace, onProgress }, (claimed) =>
    trainIn({ ...claimed, store }, config, options),
  );
}

async function trainIn(
  { lock, latest, store }: ClaimedFolder & { readonly store: Store | undefined },
  config: RunConfig,
  options: TrainRunOptions,
): Promise<TrainRunResult> {
  const { files, resume, replace: _, watch, afterwards, ...work } = options;
  const began = performance.now();
  if (latest) checkGoesOn(latest, { settings: fixedSettings(config), steps: config.steps, folder: files.folder });
  else await checkStart(config); // of a run that has begun it is not read again
  const [engine, ...engines] = await openEngines(config);
  const closing = [engine, ...engines].map((one) => () => one.dispose());
  try {
    const source = await openSource(config, work);
    const prepared = await prepareRun(config, { engine, source, files, hasBegun: latest !== undefined, ...work });
    closing.push(() => prepared.close());
    const { model, memory, tokenizer } = prepared;
    const start = latest
      ? undefined
      : await startFrom(config, { model, bank: memory?.bank, classes: source.classes.length });
    const trainer = await openTrainer(
      {
        ...trainOptions(prepared, { files, resume, lock }),
        ...(work.signal ? { signal: work.signal } : {}),
        ...(start ? { parameters: start.parameters } : {}),
      },
      { config, engines, files, store, ...work },
    );
    closing.push(() => trainer.close());
    await writeRunConfig(files, { config, versions: versions(config), classes: source.classes }); // nothing is refused now
    const state = trainer.state.scope("ema/");
    const samplers = runSamplers({ config, engine, model, state, tokenizer: async () => tokenizer });
    closing.push(() => samplers.close());
    const run = { files, prepared, trainer, samplers, ...(start ? { start: start.note } : {}) };
    const seconds = (): number => (performance.now() - began) / 1000;
    const seen = await watch?.(run);
    const before = trainer.step;
    if (before < config.steps) await rm(files.model, { force: true }); // it would be of fewer steps than the run
    await drive(trainer, {
      steps: config.steps,
      watch: seen,
      seconds,
      async finish() {
        const metadata = modelMetadata(config, {
          ...model,
          encoderId: memory?.encoderId ?? (await startEncoderId(config)),
          textEncoderId: prepared.textEncoderId,
        });
        const parameters = withoutProjector(await trainer.parameters("ema"));
        checkFinite(parameters, {
          where: files.model,
          remedy: "lower optimizer.lr, and go on from an earlier checkpoint or begin again",
        });
        await writeSafetensors(files.model, parameters, { metadata });
        await afterwards?.(run);
      },
    });
    return {
      folder: files.folder,
      steps: trainer.step,
      stepsMade: trainer.step - before,
      loss: trainer.metrics.loss ?? Number.NaN,
      heldOut: heldOutOf(trainer.metrics),
      seconds: seconds(),
    };
  } finally {
    for (const end of closing.reverse()) await end();
  }
}

function trainOptions(
  prepared: PreparedRun,
  { files, resume, lock }: { readonly files: RunFiles; readonly resume: boolean; readonly lock: RunLock },
): TrainOptions {
  const { config, engine, model, objective, train: data } = prepared;
  const { batch: batchSize, checkpointEvery: every, keep, steps, seed, accumulate } = config;
  const { optimizer, schedule, ema } = config;
  const only = movedBy(config);
  return {
    engine,
    model,
    objective,
    data,
    batchSize,
    resume,
    steps,
    seed,
    accumulate,
    optimizer,
    schedule,
    ema,
    ...(only && { only }),
    ...(config.engine.precision && { precision: config.engine.precision }),
    config: fixedSettings(config).config,
    checkpoint: {
      folder: files.folder,
      lock,
      every,
      keep,
      best: { metric: bestMetric(config), goal: "min" },
      evaluate: (run) => evaluateHeldOut(prepared, run.state.scope("ema/")),
    },
  };
}
