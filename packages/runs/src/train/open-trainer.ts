import { join } from "node:path";
import { checkStore, openStore } from "@gmem/jobs";
import type { Engine } from "@gmem/tensor";
import { type Trainer, type TrainOptions, train, trainRounds } from "@gmem/trainer";
import type { RunConfig } from "../config/schema.ts";
import type { RunFiles } from "../folder/run-files.ts";
import type { WorkOptions } from "../progress.ts";

export interface TrainerWork {
  readonly config: RunConfig;
  /** More engines of this process. */
  readonly engines: readonly Engine[];
  readonly files: RunFiles;
  readonly work: WorkOptions;
}

/** What makes the steps of a run: workers that share each step, or rounds with all processes that share a store. */
export async function openTrainer(
  options: TrainOptions,
  { config, engines, files, work }: TrainerWork,
): Promise<Trainer> {
  const { exchange, workers, rounds } = config;
  if (exchange === "exact") return train({ ...options, engines });
  const { onProgress, s3 } = work;
  const { steps: innerSteps, lr, momentum } = rounds;
  const store = openStore(rounds.store ?? join(files.folder, "rounds"), s3);
  await checkStore(store);
  return trainRounds(options, {
    store,
    workers,
    innerSteps,
    outer: { lr, momentum },
    engines,
    ...(onProgress && { onProgress: (progress) => onProgress({ stage: "rounds", ...progress }) }),
  });
}
