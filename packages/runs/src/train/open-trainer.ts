import { join } from "node:path";
import { checkStore, openStore } from "@gmem/jobs";
import type { Store } from "@gmem/spec";
import { type Engine, GMemError } from "@gmem/tensor";
import { type Trainer, type TrainOptions, train, trainRounds } from "@gmem/trainer";
import type { RunConfig } from "../config/schema.ts";
import type { RunFiles } from "../folder/run-files.ts";
import type { WorkOptions } from "../progress.ts";

/**
 * The store that a run in rounds shares with others, tried before anything is written; undefined where it has its own.
 * @throws {GMemError} code `CONFIG` without credentials for a bucket; `STORE` for one that cannot be used.
 */
export async function openSharedStore(
  { exchange, rounds }: Pick<RunConfig, "exchange" | "rounds">,
  { s3 }: WorkOptions,
): Promise<Store | undefined> {
  if (exchange !== "rounds" || rounds.store === null) return undefined;
  if (rounds.store.startsWith("s3://") && !s3)
    throw new GMemError(
      "CONFIG",
      "rounds.store: a bucket needs credentials, got none; gmem-train takes AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY from the environment",
    );
  const store = openStore(rounds.store, s3);
  await checkStore(store);
  return store;
}

export interface TrainerWork extends WorkOptions {
  readonly config: RunConfig;
  /** More engines of this process. */
  readonly engines: readonly Engine[];
  readonly files: RunFiles;
  /** Default: in the run's folder. */
  readonly store?: Store | undefined;
}

/** What makes the steps of a run: workers that share each step, or rounds with all processes that share a store. */
export async function openTrainer(
  options: TrainOptions,
  { config, engines, files, store, onProgress }: TrainerWork,
): Promise<Trainer> {
  const { exchange, workers, rounds } = config;
  if (exchange === "exact") return train({ ...options, engines });
  const { steps: innerSteps, lr, momentum } = rounds;
  return trainRounds(options, {
    store: store ?? openStore(join(files.folder, "rounds")),
    workers,
    innerSteps,
    outer: { lr, momentum },
    engines,
    ...(onProgress && { onProgress: (progress) => onProgress({ stage: "rounds", ...progress }) }),
  });
}
