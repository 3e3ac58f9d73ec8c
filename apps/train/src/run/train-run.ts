import { type DeviceState, GMemError, isGMemError } from "@gmem/tensor";
import { train } from "@gmem/trainer";
import { writeSafetensors } from "@gmem/weights";
import type { RunConfig } from "../config/schema.ts";
import { duration, progress } from "../output/progress.ts";
import type { ReportContent } from "../output/report.ts";
import { bestBy, evaluateHeldOut } from "./held-out.ts";
import { makeEngine } from "./model-parts.ts";
import { monitor } from "./monitor.ts";
import { type Data, openData } from "./open-data.ts";
import { buildPipeline, type Pipeline } from "./pipeline.ts";
import { type RunFiles, writeConfig } from "./run-files.ts";
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
  const data = await openImages(config, signal);
  const engine = await makeEngine(config);
  try {
    await writeConfig(files, { config, versions: versions(), classes: data.classes });
    const pipeline = await buildPipeline(config, { engine, data, files, signal });
    const { batch: batchSize, checkpointEvery: every, keep, ...settings } = config;
    const { model, objective, train: set } = pipeline;
    const trainer = await train({
      ...{ engine, model, objective, data: set, batchSize, resume, signal },
      ...{ steps: settings.steps, seed: settings.seed, accumulate: settings.accumulate },
      ...{ optimizer: settings.optimizer, schedule: settings.schedule, ema: settings.ema },
      // what a resumed run must not change and the trainer cannot see
      config: { adapter: settings.adapter, encoder: settings.encoder, objective: settings.objective },
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
      const parameters = await trainer.parameters("ema");
      await writeSafetensors(files.model, parameters, { metadata: modelMetadata(pipeline) });
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
      await pipeline.memory?.bank.close();
    }
  } finally {
    await engine.dispose();
  }
}

async function openImages(config: RunConfig, signal: AbortSignal): Promise<Data> {
  const line = progress({ label: "images", total: 1 });
  const data = await openData(config, {
    signal,
    onProgress: (done, total) => line.update(done / total, `${done} of ${total} files`),
  });
  line.finish(`${data.train.length + data.heldOut.length} from ${config.data}`);
  return data;
}

/** What a stranger needs to use the file without us. */
function modelMetadata({ config, model, conditioner, memory }: Pipeline): Record<string, string> {
  return {
    architecture: model.backbone.name,
    config: JSON.stringify(model.backbone.config),
    conditioner: conditioner.name,
    adapter: JSON.stringify(config.adapter),
    prediction: model.prediction,
    interpolant: model.interpolant.name,
    time_direction: "data0",
    latents: JSON.stringify({ tokenizer: config.tokenizer.kind }),
    weights: "ema",
    ...(memory ? { encoder: memory.encoder.id } : {}),
  };
}
