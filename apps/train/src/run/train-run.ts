import { type DeviceState, GMemError, isGMemError } from "@gmem/tensor";
import { listCheckpoints, type TrainOptions, train } from "@gmem/trainer";
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
import { withoutProjector } from "./projector-names.ts";
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
  let pipeline: Pipeline | undefined;
  try {
    const source = await openSource(config, signal);
    await writeConfig(files, { config, versions: versions(), classes: source.classes });
    const built = await buildPipeline(config, { engine, source, files, signal });
    pipeline = built;
    const { classes, memory, model, objective, train: set } = built;
    const isBegun = resume && (await listCheckpoints(files.folder)).length > 0;
    const start = isBegun ? undefined : await startFrom(config, { model, bank: memory?.bank, classes: classes.length });
    if (start) process.stderr.write(`${start.note}\n`);
    const { batch: batchSize, checkpointEvery: every, keep, ...settings } = config;
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
        evaluate: (run) => evaluateHeldOut(built, run.state.scope("ema/")),
      },
    });
    const watch = monitor(built, trainer, files);
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
      const more = (await afterwards?.(built, trainer.state.scope("ema/"))) ?? {};
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
    }
  } finally {
    await pipeline?.close();
    await engine.dispose();
  }
}

/** As JSON keeps it. */
const plain = (value: object) => JSON.parse(JSON.stringify(value)) as NonNullable<TrainOptions["config"]>;
