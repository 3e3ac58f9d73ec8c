import { getJob, isCancelled, type JobDescription, jobsIn, shardsDone, shardsOf } from "@gmem/jobs";
import type { FailedTask, QueueCounts, QueueWorker, Store } from "@gmem/spec";
import { duration, say } from "@gmem/terminal";
import { codeVersion, queueAt, untriedStore } from "@gmem/workers";

export interface StatusFlags {
  readonly store: string;
  readonly queue?: string;
  readonly json?: boolean;
}

interface JobStatus extends Pick<JobDescription, "kind" | "code"> {
  readonly job: string;
  readonly shards: number;
  readonly done: number;
  readonly cancelled: boolean;
}

interface QueueStatus {
  readonly counts: QueueCounts;
  readonly workers: readonly QueueWorker[];
  readonly failed: readonly FailedTask[];
}

/** `gmem-work status`: what the store has, and what the queue says of the rest. */
export async function status(key: string | undefined, { store: place, queue: url, json }: StatusFlags): Promise<void> {
  const store = untriedStore(place);
  const keys = key === undefined ? await all(jobsIn(store)) : [key];
  const jobs = await Promise.all(keys.map((one) => statusOf(store, one)));
  const queue =
    url === undefined
      ? undefined
      : await queueStatus(url, key === undefined ? codeVersion() : (jobs[0] as JobStatus).code);
  const lines = [
    ...jobs.map(inWords),
    ...(jobs.length === 0 ? [`no jobs in ${store.name}`] : []),
    ...(queue ? queueInWords(queue, jobs) : []),
  ];
  say(json, { jobs, ...queue }, lines.join("\n"));
}

async function statusOf(store: Store, key: string): Promise<JobStatus> {
  const job = await getJob(store, key);
  const [done, cancelled] = await Promise.all([shardsDone(store, key), isCancelled(store, key)]);
  return { job: key, kind: job.kind, code: job.code, shards: shardsOf(job).length, done: done.size, cancelled };
}

async function queueStatus(url: string, code: string): Promise<QueueStatus> {
  const queue = await queueAt(url, code);
  try {
    const [counts, workers, failed] = await Promise.all([queue.counts(), queue.workers(), queue.failed()]);
    return { counts, workers, failed };
  } finally {
    await queue.close();
  }
}

const inWords = ({ job, kind, done, shards, cancelled }: JobStatus): string =>
  `${job}  ${kind.padEnd(8)} ${done}/${shards} shards${cancelled ? ", cancelled" : done === shards ? ", done" : ""}`;

/** Shards a second of a worker, while it has work. */
const rateOf = ({ done, busy, concurrency }: QueueWorker): number =>
  busy > 0 ? (concurrency * done) / (busy / 1000) : 0;

/** Failed shards that people see; often all fail of one cause. */
const shownFailures = 10;

function queueInWords({ counts, workers, failed }: QueueStatus, jobs: readonly JobStatus[]): readonly string[] {
  const left = jobs.reduce((sum, { shards, done, cancelled }) => sum + (cancelled ? 0 : shards - done), 0);
  const rate = workers.reduce((sum, worker) => sum + rateOf(worker), 0);
  const time = left > 0 && rate > 0 ? `, ${duration(left / rate)} left` : "";
  return [
    `queue    ${counts.waiting} waiting, ${counts.active} active, ${counts.failed} failed${time}`,
    ...workers.map(
      (worker) =>
        `worker   ${worker.name}  ${worker.done} shards, ${rateOf(worker).toFixed(2)} a second  ${worker.about}`,
    ),
    ...(workers.length === 0 ? ["worker   none is there"] : []),
    ...failed
      .slice(0, shownFailures)
      .map(({ task, error, tries }) => `failed   ${task.data.job} shard ${task.data.shard}, ${tries} tries: ${error}`),
    ...(failed.length > shownFailures ? [`failed   ${failed.length - shownFailures} more; --json has them`] : []),
  ];
}

async function all<T>(items: AsyncIterable<T>): Promise<T[]> {
  const found: T[] = [];
  for await (const item of items) found.push(item);
  return found;
}
