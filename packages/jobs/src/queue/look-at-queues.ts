import type { FailedTask, QueueCounts, QueueTask, QueueWorker } from "@gmem/spec";
import type { Redis } from "ioredis";
import { redisAt } from "./redis-at.ts";
import { workerFacts } from "./worker-facts.ts";

/** What a queue says of itself. */
export interface QueueFacts {
  readonly name: string;
  readonly counts: QueueCounts;
  readonly workers: readonly QueueWorker[];
  /** At most a thousand. */
  readonly failed: readonly FailedTask[];
}

/**
 * What `bullMqQueue` says of the queues of a server, without loading BullMQ: its keys are read by one connection, with the
 * commands of all queues in few requests. No task is changed.
 * @throws {GMemError} code `CONFIG` for packages that are not installed or a URL that is none, `QUEUE` if no server answers.
 * @example
 * // no-run
 * const [facts] = await lookAtQueues("redis://127.0.0.1:6379", ["gmem"]);
 */
export async function lookAtQueues(url: string, names: readonly string[]): Promise<readonly QueueFacts[]> {
  const { redis } = await redisAt(url, { enableReadyCheck: false, enableAutoPipelining: true });
  try {
    return await Promise.all(
      names.map(async (name) => {
        const [counts, workers, failed] = await Promise.all([
          countsOf(redis, name),
          workerFacts(redis, name).all(),
          failedOf(redis, name),
        ]);
        return { name, counts, workers, failed };
      }),
    );
  } finally {
    redis.disconnect();
  }
}

async function countsOf(redis: Redis, name: string): Promise<QueueCounts> {
  const [wait, prioritized, delayed, active, failed] = await Promise.all([
    redis.llen(`bull:${name}:wait`),
    redis.zcard(`bull:${name}:prioritized`),
    redis.zcard(`bull:${name}:delayed`),
    redis.llen(`bull:${name}:active`),
    redis.zcard(`bull:${name}:failed`),
  ]);
  return { waiting: wait + prioritized + delayed, active, failed };
}

async function failedOf(redis: Redis, name: string): Promise<readonly FailedTask[]> {
  const ids = await redis.zrevrange(`bull:${name}:failed`, 0, 999);
  const tasks = await Promise.all(
    ids.map(async (id) => {
      const fields = await redis.hmget(`bull:${name}:${id}`, "name", "data", "failedReason", "atm");
      const [kind, data, error, tries] = fields;
      if (!kind) return []; // removed in between
      const task = { id, kind, data: JSON.parse(data ?? "{}") as QueueTask["data"] };
      return [{ task, error: error ?? "", tries: Number(tries ?? 0) }];
    }),
  );
  return tasks.flat();
}
