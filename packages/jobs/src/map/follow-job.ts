import { setTimeout as wait } from "node:timers/promises";
import type { FailedTask, Queue, Store } from "@gmem/spec";
import { counted, GMemError, stopIfAborted } from "@gmem/tensor";
import { type JobDescription, shardsOf } from "./job.ts";
import { isCancelled, jobFiles, shardsDone } from "./job-files.ts";
import { tasksLeft } from "./submit-job.ts";

export interface FollowOptions {
  readonly store: Store;
  readonly queue: Queue;
  readonly signal?: AbortSignal;
  /** How often the store is asked, in milliseconds; default a second. */
  readonly every?: number;
  readonly onProgress?: (done: number, total: number) => void;
}

/** How many times the store is asked before tasks are told to the queue again. */
const toldAgain = 60;

/**
 * Waits until the store has every shard of a job. What the queue has lost, a Redis that forgot, is put into it again.
 * @throws {GMemError} code `JOB` once all that is left has failed or was cancelled, `ABORTED` when the signal fires.
 * @example
 * // no-run
 * declare const submitted: { readonly key: string; readonly job: JobDescription };
 * await followJob(submitted, { store, queue, onProgress: (done, total) => console.log(done, total) });
 */
export async function followJob(
  { key, job }: { readonly key: string; readonly job: JobDescription },
  options: FollowOptions,
): Promise<void> {
  const { store, queue, signal, every = 1000, onProgress } = options;
  const total = shardsOf(job).length;
  let idle = 0;
  for (let asked = 1; ; asked++) {
    stopIfAborted(signal, `job ${key}: stopped waiting; the same command goes on`);
    const done = await shardsDone(store, key);
    onProgress?.(done.size, total);
    if (done.size >= total) return store.delete(jobFiles.open(key));
    const left = tasksLeft(job, { key, done });
    const ids = new Set(left.map(({ id }) => id));
    const { waiting, active, failed: anyFailed } = await queue.counts();
    const failed = anyFailed > 0 ? (await queue.failed()).filter(({ task }) => ids.has(task.id)) : [];
    if (failed.length === left.length) throw failure(key, failed);
    if (await isCancelled(store, key))
      throw new GMemError("JOB", `job ${key}: was cancelled; submit it again to go on`);
    idle = waiting + active === 0 ? idle + 1 : 0; // once may be the moment between a shard and its entry
    if (idle >= 2 || asked % toldAgain === 0) {
      const aside = new Set(failed.map(({ task }) => task.id));
      await queue.add(left.filter(({ id }) => !aside.has(id)));
    }
    await wait(every, undefined, signal ? { signal } : {}).catch(() => undefined);
  }
}

function failure(key: string, failed: readonly FailedTask[]): GMemError {
  const [{ error = "", tries = 0, task } = {}] = failed;
  const what = `${counted(failed.length, "shard")} failed, such as ${task?.data.shard} after ${tries} tries: ${error}`;
  return new GMemError(
    "JOB",
    `job ${key}: every shard must be done, got all others; ${what}\nmend that and submit it again`,
  );
}
