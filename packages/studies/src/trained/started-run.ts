import { runFolder } from "@gmem/runs";
import type { CellContext } from "../frame/cell-kind.ts";
import { runConfig, type TrainedRunSettings, withTrainedRun } from "./trained-run.ts";

/** A run that begins with another one, and how long it goes on. */
export interface StartedRunSettings extends TrainedRunSettings {
  /** What the run that it begins with has otherwise; absent for one that begins anew. */
  readonly start?: TrainedRunSettings["run"];
  /** Of the steps that the settings have; default 1. */
  readonly share?: number;
}

/** Settings of the run itself, with the run that it begins with trained and named. Four checkpoints, whatever the share. */
export async function startedRun(
  { preset, run, start, share = 1 }: StartedRunSettings,
  context: CellContext,
): Promise<TrainedRunSettings> {
  const quarter = Math.max(1, Math.round((Number(run.steps) * share) / 4));
  const own = share === 1 ? run : { ...run, steps: 4 * quarter, checkpointEvery: quarter };
  if (!start) return { preset, run: own };
  const before: TrainedRunSettings = { preset, run: { ...run, ...start } };
  await withTrainedRun(before, context, async () => {});
  return { preset, run: { ...own, "start.run": runFolder(await runConfig(before, context)) } };
}
