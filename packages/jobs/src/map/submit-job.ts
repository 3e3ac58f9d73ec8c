import type { Queue, QueueTask, Store } from "@gmem/spec";
import { type JobDescription, shardsOf } from "./job.ts";
import { jobFiles, putJob, shardsDone } from "./job-files.ts";

/** What a task says: where to look, and nothing else. */
export const taskOf = (key: string, { kind, index }: { readonly kind: string; readonly index: number }): QueueTask => ({
  id: `${key}.${index}`,
  kind,
  data: { job: key, shard: index },
});

export interface Submitted {
  readonly key: string;
  readonly shards: number;
  /** Shards that the store has. */
  readonly done: number;
}

/**
 * Writes a job down and puts what the store lacks into the queue. Shards that failed before are tried anew, and a job that
 * was cancelled is wanted again. Two who submit the same submit it once.
 * @example
 * // no-run
 * const { key } = await submitJob({ kind: "latents", settings, inputs, count: 5000, shardSize: 256, code }, { store, queue });
 */
export async function submitJob(
  job: JobDescription,
  { store, queue }: { readonly store: Store; readonly queue: Queue },
): Promise<Submitted> {
  const key = await putJob(store, job);
  const done = await shardsDone(store, key);
  const tasks = tasksLeft(job, { key, done });
  await queue.add(tasks);
  await queue.retry(tasks.map(({ id }) => id));
  return { key, shards: shardsOf(job).length, done: done.size };
}

/** Tasks of the shards that the store lacks. */
export const tasksLeft = (
  job: JobDescription,
  { key, done }: { readonly key: string; readonly done: ReadonlySet<number> },
): QueueTask[] =>
  shardsOf(job).flatMap(({ index }) => (done.has(index) ? [] : [taskOf(key, { kind: job.kind, index })]));

/** Nobody is to work on a job any more; what is done stays. @returns how many tasks waited. */
export async function cancelJob(
  { key, job }: { readonly key: string; readonly job: JobDescription },
  { store, queue }: { readonly store: Store; readonly queue: Queue },
): Promise<number> {
  await store.put(jobFiles.cancelled(key), new TextEncoder().encode("{}\n"));
  await store.delete(jobFiles.open(key));
  return queue.remove(tasksLeft(job, { key, done: await shardsDone(store, key) }).map(({ id }) => id));
}
