import { type DeviceState, GMemError, isGMemError, type Named, type NDArray } from "@gmem/tensor";
import { type TrainOptions, train } from "@gmem/trainer";
import { writeSafetensors } from "@gmem/weights";
import type { RunConfig } from "../config/schema.ts";
import { duration } from "../output/progress.ts";
import type { ReportContent } from "../output/report.ts";
import { openSource } from "./data-source.ts";
import { bestBy, evaluateHeldOut } from "./held-out.ts";
import { modelMetadata } from "./model-metadata.ts";
import { makeEngine } from "./model-parts.ts";
import { monitor } from "./monitor.ts";
import { buildPipeline, type Pipeline } from "./pipeline.ts";
import { type RunFiles, writeConfig } from "./run-files.ts";
import { startFrom } from "./start-from.ts";
import { versions } from "./versions.ts";

export interface TrainRunOptions {
  readonly files: RunFiles;
  readonly resume: boolean;
  readonly signal: AbortSignal;
  /** Runs after the last step, on the averaged parameters; what it returns goes into the report. */
  readonly afterwards?: (
    pipeline: Pipeline,
    state: DeviceState,
  ) => Promise<Partial<Pick<ReportContent, "facts" | "images">>>;
}

export interface TrainRunResult {
  readonly folder: string;
  readonly steps: number;
  readonly loss: number;
  readonly heldOut: Readonly<Record<string, number>>;
  readonly seconds: number;
}

/** A run from configuration to a finished run folder. Throws `ABORTED` when stopped, with everything saved. */
export async function trainRun(config: RunConfig, options: TrainRunOptions): Promise<TrainRunResult> {
  const { files, resume, signal, afterwards } = options;
  const began = performance.now();
  const engine = await makeEngine(config);
  try {
    const source = await openSource(config, signal);
    await writeConfig(files, { config, versions: versions(), classes: source.classes });
    const pipeline = await buildPipeline(config, { engine, source, files, signal });
    const { classes, memory } = pipeline;
    const start = await startFrom(config, { model: pipeline.model, bank: memory?.bank, classes: classes.length });
    if (start) process.stderr.write(`${start.note}\n`);
    const { batch: batchSize, checkpointEvery: every, keep, ...settings } = config;
    const { model, objective, train: set } = pipeline;
    const trainer = await train({
      ...{ engine, model, objective, data: set, batchSize, resume, signal },
      ...{ steps: settings.steps, seed: settings.seed, accumulate: settings.accumulate },
      ...{ optimizer: settings.optimizer, schedule: settings.schedule, ema: settings.ema },
      // what a resumed run must not change and the trainer cannot see
      config: plain({
        adapter: settings.adapter,
        encoder: settings.encoder,
        objective: settings.objective,
        flip: settings.image.flip,
      }),
      ...(start ? { parameters: start.parameters } : {}),
      checkpoint: {
        ...{ folder: files.folder, every, keep },
        best: { metric: bestBy, goal: "min" },
        evaluate: (run) => evaluateHeldOut(pipeline, run.state.scope("ema/")),
      },
    });
    const watch = monitor(pipeline, trainer, files);
    let loss = Number.NaN;
    let heldOut: Readonly<Record<string, number>> = {};
    try {
      for await (const step of trainer) {
        loss = step.loss;
        heldOut = step.evaluation ?? heldOut;
        await watch.step(step);
      }
      watch.done();
      await writeSafetensors(files.model, withoutProjector(await trainer.parameters("ema")), {
        metadata: modelMetadata(config, memory?.encoderId),
      });
      const more = (await afterwards?.(pipeline, trainer.state.scope("ema/"))) ?? {};
      const seconds = (performance.now() - began) / 1000;
      await watch.finish(`finished ${config.steps} steps in ${duration(seconds)}`, more);
      return { folder: files.folder, steps: config.steps, loss, heldOut, seconds };
    } catch (error) {
      watch.done();
      if (!isGMemError(error, "ABORTED")) throw error;
      await trainer.save();
      await watch.finish(`stopped after step ${trainer.step} of ${config.steps}`);
      throw new GMemError("ABORTED", `run: saved after step ${trainer.step} of ${config.steps}`, { cause: error });
    } finally {
      await trainer.close();
      await pipeline.close();
    }
  } finally {
    await engine.dispose();
  }
}

/** REPA's head is of use in training only. */
const withoutProjector = (parameters: Named<NDArray>): Named<NDArray> =>
  Object.fromEntries(Object.entries(parameters).filter(([name]) => !name.startsWith("projector.")));

/** As JSON keeps it. */
const plain = (value: object) => JSON.parse(JSON.stringify(value)) as NonNullable<TrainOptions["config"]>;
