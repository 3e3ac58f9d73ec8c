import { existsSync } from "node:fs";
import { readFile } from "node:fs/promises";
import {
  type DataSource,
  loadConfig,
  openRun,
  openSource,
  type Run,
  type RunConfig,
  runFiles,
  runFolder,
  trainRun,
} from "@gmem/runs";
import type { Dataset, ImageExample } from "@gmem/spec";
import { GMemError } from "@gmem/tensor";
import { textHash } from "@gmem/weights";
import { sorted } from "../frame/cell-file.ts";
import type { CellContext } from "../frame/cell-kind.ts";

/** What a cell trains: a preset with settings as on the command line. */
export interface TrainedRunSettings {
  readonly preset: string;
  /** Such as `{ "objective.mask.p": 0.4 }`; seed, data, engine and folder are the cell's. */
  readonly run: Readonly<Record<string, string | number | boolean | null>>;
}

/** A run that is trained and open. */
export interface TrainedRun {
  readonly run: Run;
  readonly train: Dataset<ImageExample>;
  readonly heldOut: Dataset<ImageExample>;
  /** What was measured at each of `checkpointEvery` steps, in order; where a run was stopped nothing is. */
  readonly measured: readonly Readonly<Record<string, number | null>>[];
}

/** Trains the run of these settings unless it is there, goes on with one that was stopped, and opens it for `work`. */
export async function withTrainedRun<T>(
  settings: TrainedRunSettings,
  context: CellContext,
  work: (trained: TrainedRun) => Promise<T>,
): Promise<T> {
  const { hub, signal, onProgress } = context;
  const quiet = { ...(hub ? { hub } : {}), ...(signal ? { signal } : {}) };
  const config = await runConfig(settings, context);
  const folder = runFolder(config);
  const files = runFiles(folder);
  if (!existsSync(files.model))
    await trainRun(config, {
      files,
      resume: true,
      ...quiet,
      ...(onProgress ? { onProgress } : {}),
      watch: () => ({
        async step({ step }) {
          if (step % 10 === 0) onProgress?.({ stage: "train", done: step, total: config.steps });
        },
        async end() {},
      }),
    });
  const measured = await measurements(files.metrics);
  const { train, heldOut } = picturesOf(await openSource(config, quiet));
  const run = await openRun(folder, { engine: await context.engine(), ...quiet });
  try {
    return await work({ run, train, heldOut, measured });
  } finally {
    await run.close();
  }
}

/** By the log of steps, since a run that was stopped has a checkpoint more, for which an earlier one may be gone. */
async function measurements(metrics: string): Promise<TrainedRun["measured"]> {
  const lines = (await readFile(metrics, "utf8")).split("\n").filter(Boolean);
  return lines.flatMap((line) => {
    const { evaluation } = JSON.parse(line) as { readonly evaluation?: TrainedRun["measured"][number] };
    return evaluation ? [evaluation] : [];
  });
}

/** The configuration of a cell's run. Its name is made of all that its numbers depend on: cells that agree share the run. */
export async function runConfig({ preset, run }: TrainedRunSettings, context: CellContext): Promise<RunConfig> {
  const { seed, runs, data, engineSettings } = context;
  const given = { ...run, seed, ...(data === undefined ? {} : { data }) };
  const texts = Object.entries(given).map(([name, value]) => `${name}=${value}`);
  const { name: _, runs: __, engine: ___, ...decides } = await loadConfig(preset, texts);
  const name = `${preset}-${textHash([JSON.stringify(sorted(decides))])}`;
  return { ...(await loadConfig(preset, texts)), name, runs, engine: engineSettings };
}

/** The two parts of a run's pictures. @throws {GMemError} code `DATA` for latents. */
export function picturesOf(source: DataSource): Pick<TrainedRun, "train" | "heldOut"> {
  if (source.kind === "images") return source.data;
  throw new GMemError("DATA", "study: data must be pictures, got latents; give the folder of images");
}
