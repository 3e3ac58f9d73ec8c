import type { FailedTask, Queue, QueueTask } from "@gmem/spec";
import type { Job } from "bullmq";
import { checkTask, mostTries } from "./check-task.ts";
import { installed, redisAt } from "./redis-at.ts";
import { workerFacts } from "./worker-facts.ts";

export interface BullMqOptions {
  /** Of the queue on its server; workers and those who submit say the same. Letters, digits and `. _ -`. */
  readonly name: string;
  /** How long a worker may be silent before others take its tasks, in milliseconds; default 30,000. */
  readonly lostAfter?: number;
}

/** How often the tasks of one worker may be lost with it before it is the task's fault. */
const mostLosses = 10;
/** Requests of one pipeline. */
const block = 500;

/**
 * A queue of BullMQ on a Redis server, for many machines. Needs the packages bullmq and ioredis. Handlers must not block the
 * event loop: a worker that is silent for `lostAfter` is taken for gone.
 * @param url `redis://user:password@host:port/db`, or `rediss://` with TLS.
 * @throws {GMemError} code `CONFIG` for packages that are not installed or a URL that is none, `QUEUE` if no server answers.
 * @example
 * // no-run
 * const queue = await bullMqQueue("redis://127.0.0.1:6379", { name: "gmem" });
 * const { waiting } = await queue.counts();
 */
export async function bullMqQueue(url: string, { name, lostAfter = 30_000 }: BullMqOptions): Promise<Queue> {
  const { Queue: BullQueue, Worker } = await installed<typeof import("bullmq")>("bullmq");
  const { name: shown, redis, connect } = await redisAt(url);
  const queue = new BullQueue(name, { connection: redis });
  queue.on("error", () => undefined);
  const facts = workerFacts(redis, name);

  /** The jobs of some ids, many at once. */
  async function each<T>(ids: readonly string[], one: (id: string) => Promise<T>): Promise<T[]> {
    const found: T[] = [];
    for (let at = 0; at < ids.length; at += block)
      found.push(...(await Promise.all(ids.slice(at, at + block).map(one))));
    return found;
  }
  const sum = (numbers: readonly number[]): number => numbers.reduce((total, number) => total + number, 0);

  return {
    name: shown,
    async add(tasks) {
      for (const task of tasks) checkTask(task);
      const jobs = tasks.map(({ id, kind, data }) => ({
        name: kind,
        data,
        opts: {
          jobId: id,
          attempts: mostTries,
          backoff: { type: "fixed", delay: 1000 },
          removeOnComplete: true, // the store says what is done
        },
      }));
      for (let at = 0; at < jobs.length; at += block) await queue.addBulk(jobs.slice(at, at + block));
    },
    async work(handler, options) {
      const { concurrency = 1 } = options;
      const own = { name: options.name, about: options.about, concurrency, done: 0, busy: 0 };
      const connection = connect();
      const worker = new Worker(
        name,
        async (job: Job) => {
          const start = performance.now();
          await handler(taskOf(job));
          own.done++;
          own.busy += performance.now() - start;
        },
        {
          connection,
          name: options.name,
          concurrency,
          lockDuration: lostAfter,
          stalledInterval: lostAfter / 2, // the longest of all workers counts
          maxStalledCount: mostLosses,
        },
      );
      worker.on("error", () => undefined); // of the connection, which is made again, and of tasks that others took over
      await worker.waitUntilReady();
      const stop = facts.tell(own);
      return {
        async close() {
          await worker.close();
          await stop();
          connection.disconnect();
        },
      };
    },
    async counts() {
      const { waiting = 0, prioritized = 0, delayed = 0, active = 0, failed = 0 } = await queue.getJobCounts();
      return { waiting: waiting + prioritized + delayed, active, failed };
    },
    failed: async () => ((await queue.getFailed(0, 999)) as Job[]).map(failedOf),
    retry: async (ids) =>
      sum(
        await each(ids, async (id) => {
          const job = await queue.getJob(id);
          if (!job || !(await job.isFailed())) return 0;
          await job.retry("failed", { resetAttemptsMade: true, resetAttemptsStarted: true });
          return 1;
        }),
      ),
    remove: async (ids) => sum(await each(ids, async (id) => ((await queue.getJob(id)) ? queue.remove(id) : 0))), // it says 1 of what is not there
    workers: () => facts.all(),
    async close() {
      await queue.close();
      redis.disconnect();
    },
  };
}

const taskOf = ({ id = "", name, data }: Job): QueueTask => ({ id, kind: name, data: data as QueueTask["data"] });

const failedOf = (job: Job): FailedTask => ({
  task: taskOf(job),
  error: job.failedReason ?? "",
  tries: job.attemptsMade,
});
