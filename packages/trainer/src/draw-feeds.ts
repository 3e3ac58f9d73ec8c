import { batches } from "@gmem/datasets";
import type { Named, NDArray } from "@gmem/tensor";
import { stepFeeds } from "./step-feeds.ts";
import type { ResolvedOptions } from "./train-options.ts";

/** The feeds of step `start`, `start` + 1, … without end. */
export async function* drawFeeds(
  options: ResolvedOptions,
  start: number,
): AsyncGenerator<Named<NDArray>, void, undefined> {
  const { learner, data, batchSize, seed } = options;
  let step = start;
  for await (const batch of batches(data, { batchSize, seed, start }))
    yield stepFeeds(learner, batch, { seed, step: step++ });
}
