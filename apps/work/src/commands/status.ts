import {
  getJob,
  isCancelled,
  type JobDescription,
  jobsIn,
  openJobs,
  StoreError,
  shardsDone,
  shardsOf,
} from "@gmem/jobs";
import type { FailedTask, QueueCounts, QueueWorker, Store } from "@gmem/spec";
import { duration, say } from "@gmem/terminal";
import { codeVersion, engineOf, engines, type QueueOf, queuesAt, storeThere } from "@gmem/workers";

export interface StatusFlags {
  readonly store: string;
  readonly queue?: string;
  readonly all?: boolean;
  readonly json?: boolean;
}

interface JobStatus extends Pick<JobDescription, "kind" | "code"> {
  readonly job: string;
  readonly shards: number;
  readonly done: number;
  readonly cancelled: boolean;
}

/** A job that the store cannot tell of. */
interface DamagedJob {
  readonly job: string;
  readonly error: string;
}

interface QueueStatus {
  readonly counts: QueueCounts;
  readonly workers: readonly QueueWorker[];
  readonly failed: readonly FailedTask[];
}

/** Open jobs that are looked at, and that are counted besides: what is said comes at once, however many there are. */
const [shownJobs, countedJobs] = [20, 1000];

/** `gmem-work status`: what the store has, and what the queue says of the rest. */
export async function status(key: string | undefined, flags: StatusFlags): Promise<void> {
  const { store: place, queue: url, all = false, json } = flags;
  const store = await storeThere(place);
  const { keys, more } = key === undefined ? await jobsOf(store, all) : { keys: [key], more: 0 };
  const queues = url === undefined ? [] : key === undefined ? ownQueues() : [await placeOf(store, key)];
  const [jobs, queue] = await Promise.all([
    Promise.all(keys.map((one) => (key === undefined ? statusOrDamage(store, one) : statusOf(store, one)))),
    url === undefined ? undefined : queueStatus(url, queues),
  ]);
  const lines = [
    ...jobs.map(inWords),
    ...(jobs.length === 0 ? [`no ${all ? "" : "open "}jobs in ${store.name}`] : []),
    ...(more > 0 ? [`${more}${more === countedJobs ? " or more" : ""} other jobs are open; --all has them`] : []),
    ...(queue ? queueInWords(queue, jobs) : []),
  ];
  say(json, { jobs, more, ...queue }, lines.join("\n"));
}

/** All jobs, or the first ones that are open and how many more there are. */
async function jobsOf(
  store: Store,
  all: boolean,
): Promise<{ readonly keys: readonly string[]; readonly more: number }> {
  const keys: string[] = [];
  for await (const key of all ? jobsIn(store) : openJobs(store)) {
    keys.push(key);
    if (!all && keys.length === shownJobs + countedJobs) break;
  }
  return all ? { keys, more: 0 } : { keys: keys.slice(0, shownJobs), more: Math.max(0, keys.length - shownJobs) };
}

async function statusOf(store: Store, key: string): Promise<JobStatus> {
  const [job, done, cancelled] = await Promise.all([
    getJob(store, key),
    shardsDone(store, key),
    isCancelled(store, key),
  ]);
  return { job: key, kind: job.kind, code: job.code, shards: shardsOf(job).length, done: done.size, cancelled };
}

/** One that cannot be read is named, and hides no other one. */
const statusOrDamage = (store: Store, job: string): Promise<JobStatus | DamagedJob> =>
  statusOf(store, job).catch((error: Error) => {
    if (error instanceof StoreError) throw error; // the store itself
    return { job, error: error.message };
  });

async function placeOf(store: Store, key: string): Promise<QueueOf> {
  const { code, settings } = await getJob(store, key);
  return { code, engine: engineOf(settings) };
}

/** Of this version of the code. */
function ownQueues(): readonly QueueOf[] {
  const code = codeVersion();
  return engines.map((engine) => ({ code, engine }));
}

/** What queues say, put together: that of one engine, or of all. */
async function queueStatus(url: string, of: readonly QueueOf[]): Promise<QueueStatus> {
  const each = await queuesAt(url, of);
  const sum = (of: keyof QueueCounts): number => each.reduce((total, { counts }) => total + counts[of], 0);
  return {
    counts: { waiting: sum("waiting"), active: sum("active"), failed: sum("failed") },
    workers: each.flatMap(({ workers }) => workers),
    failed: each.flatMap(({ failed }) => failed),
  };
}

function inWords(status: JobStatus | DamagedJob): string {
  if ("error" in status) return `${status.job}  damaged: ${status.error}`;
  const { job, kind, done, shards, cancelled } = status;
  return `${job}  ${kind.padEnd(8)} ${done}/${shards} shards${cancelled ? ", cancelled" : done === shards ? ", done" : ""}`;
}

/** Shards a second of a worker, while it has work. */
const rateOf = ({ done, busy, concurrency }: QueueWorker): number =>
  busy > 0 ? (concurrency * done) / (busy / 1000) : 0;

/** Failed shards that people see; often all fail of one cause. */
const shownFailures = 10;

function queueInWords(
  { counts, workers, failed }: QueueStatus,
  jobs: readonly (JobStatus | DamagedJob)[],
): readonly string[] {
  const [one] = jobs.length === 1 ? jobs : [];
  const left = one && "shards" in one ? (one.cancelled ? 0 : one.shards - one.done) : counts.waiting + counts.active;
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
