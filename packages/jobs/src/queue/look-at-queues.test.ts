import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { noRedis, type RedisServer, startRedis } from "../../test/redis.ts";
import { until } from "../../test/until.ts";
import { bullMqQueue } from "./bullmq-queue.ts";
import { lookAtQueues } from "./look-at-queues.ts";

if (noRedis) it.skip(`a look at queues (skipped: ${noRedis})`, () => undefined);
describe.skipIf(noRedis)("a look at queues", () => {
  let redis: RedisServer;
  beforeAll(async () => {
    redis = await startRedis();
  });
  afterAll(() => redis.stop());

  it("says what BullMQ says of them: what waits, is worked on, has failed and will be tried again, and who works", async () => {
    const queue = await bullMqQueue(redis.url, { name: "looked-at" });
    let release = (): void => undefined;
    const released = new Promise<void>((resolve) => {
      release = resolve;
    });
    await queue.add([{ id: "bad", kind: "one", data: { job: "ab", shard: 3 } }]);
    const worker = await queue.work(
      async ({ id }) => {
        if (id === "bad" || id === "later") throw new Error(`cannot do ${id}`);
        await released;
      },
      { name: "me", about: "a test" },
    );
    await until(async () => (await queue.counts()).failed === 1);
    await queue.add([{ id: "later", kind: "one", data: {} }]);
    await until(async () => (await queue.counts()).waiting === 1); // its first try is over
    await queue.add(["now", "next", "last"].map((id) => ({ id, kind: "two", data: {} })));
    await until(async () => (await queue.counts()).active === 1);
    await until(async () => (await queue.workers()).length === 1);
    const [facts, none] = await lookAtQueues(redis.url, ["looked-at", "nobody-has-it"]);
    const [counts, workers, failed] = await Promise.all([queue.counts(), queue.workers(), queue.failed()]);
    expect(facts).toEqual({ name: "looked-at", counts, workers, failed });
    expect(counts.failed).toBe(1);
    expect(counts.waiting + counts.active).toBe(4);
    expect(failed).toEqual([
      { task: { id: "bad", kind: "one", data: { job: "ab", shard: 3 } }, error: "cannot do bad", tries: 3 },
    ]);
    expect(none).toEqual({
      name: "nobody-has-it",
      counts: { waiting: 0, active: 0, failed: 0 },
      workers: [],
      failed: [],
    });
    release();
    await worker.close();
    await queue.close();
  });
});
