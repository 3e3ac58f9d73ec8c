import type { Batch, TrainingSet } from "@gmem/spec";
import { GMemError, key, stopIfAborted } from "@gmem/tensor";

export interface BatchOptions {
  readonly batchSize: number;
  readonly seed: number;
  /** The step to begin at: batch `start` of the sequence that an uninterrupted run sees. */
  readonly start?: number;
  /** Batches fetched ahead of the one in use. */
  readonly prefetch?: number;
  readonly signal?: AbortSignal;
}

/**
 * Shuffled batches without end. Each epoch takes the rows in an order of its own, given by the seed and the epoch, and
 * drops what does not fill a batch; a set that is smaller than a batch fills it with one epoch after the other. Flips and
 * posterior samples are drawn anew at each visit. Batch k depends on the seed and k alone, so a run that stopped before
 * step k goes on with `start: k` as if nothing had happened.
 * @throws {GMemError} code `DATA` for an empty set; `CONFIG` for sizes that cannot be; `ABORTED` when the signal fires.
 * @example
 * const set = trainingSet({ latents: zeros([10, 3, 4, 4]) });
 * for await (const batch of batches(set, { batchSize: 4, seed: 0, start: 100 })) break; // batch.latents is [4,3,4,4]
 */
export async function* batches(set: TrainingSet, options: BatchOptions): AsyncGenerator<Batch, never, undefined> {
  const { batchSize, seed, start = 0, prefetch = 2, signal } = options;
  whole("batchSize", batchSize, 1);
  whole("start", start, 0);
  whole("prefetch", prefetch, 0);
  if (set.length < 1) throw new GMemError("DATA", "batches: the set must have examples, got none; add data");
  const perEpoch = set.length < batchSize ? set.length : set.length - (set.length % batchSize);
  const shuffles = key(seed).split("epoch");
  const visits = key(seed).split("visit");
  let epoch = -1;
  let order = new Int32Array();
  const rowAt = (visit: number): number => {
    const turn = Math.floor(visit / perEpoch);
    if (turn !== epoch) {
      epoch = turn;
      order = new Int32Array(shuffles.split(epoch).permutation(set.length));
    }
    return order[visit % perEpoch] as number;
  };
  const rowsOf = (step: number): Int32Array =>
    Int32Array.from({ length: batchSize }, (_, i) => rowAt(step * batchSize + i));
  const ahead: Promise<Batch>[] = [];
  for (let step = start; ; step++) {
    stopIfAborted(signal, "batches: stopped by its signal");
    while (ahead.length <= prefetch) {
      const at = step + ahead.length;
      const fetched = set.batch(rowsOf(at), visits.split(at));
      fetched.catch(() => undefined); // reported when its turn comes
      ahead.push(fetched);
    }
    const batch = await (ahead.shift() as Promise<Batch>);
    stopIfAborted(signal, "batches: stopped by its signal");
    yield batch;
  }
}

function whole(name: string, value: number, least: number): void {
  if (!Number.isSafeInteger(value) || value < least)
    throw new GMemError("CONFIG", `batches: ${name} must be a whole number of ${least} or more, got ${value}`);
}
