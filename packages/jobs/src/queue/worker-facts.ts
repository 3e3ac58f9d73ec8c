import type { QueueWorker } from "@gmem/spec";
import type { Redis } from "ioredis";

/** Seconds after which a worker that is silent is no longer shown. */
const shownFor = 60;
const toldEvery = 5000; // milliseconds

/** What workers tell of themselves, beside the queue on its server. */
export function workerFacts(
  redis: Redis,
  queue: string,
): { tell(worker: QueueWorker): () => Promise<void>; all(): Promise<readonly QueueWorker[]> } {
  const names = `gmem:${queue}:workers`;
  const keyOf = (name: string): string => `gmem:${queue}:worker:${name}`;
  return {
    /** Tells now and every few seconds. @returns what ends it. */
    tell(worker) {
      const told = async (): Promise<void> => {
        await redis.sadd(names, worker.name);
        await redis.set(keyOf(worker.name), JSON.stringify(worker), "EX", shownFor);
      };
      const quietly = (): void => void told().catch(() => undefined); // the next time, or not at all: it is for people
      quietly();
      const timer = setInterval(quietly, toldEvery);
      timer.unref();
      return async () => {
        clearInterval(timer);
        await redis.del(keyOf(worker.name)).catch(() => undefined);
        await redis.srem(names, worker.name).catch(() => undefined);
      };
    },
    async all() {
      const known = (await redis.smembers(names)).sort();
      if (known.length === 0) return [];
      const told = await redis.mget(known.map(keyOf));
      const gone = known.filter((_, i) => told[i] === null);
      if (gone.length > 0) await redis.srem(names, ...gone);
      return told.flatMap((text) => (text ? [JSON.parse(text) as QueueWorker] : []));
    },
  };
}
