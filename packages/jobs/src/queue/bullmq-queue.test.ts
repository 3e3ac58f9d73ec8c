import { spawn } from "node:child_process";
import { once } from "node:events";
import { createRequire } from "node:module";
import { testQueue } from "@gmem/testing";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { freePort } from "../../test/free-port.ts";
import { noRedis, type RedisServer, startRedis } from "../../test/redis.ts";
import { until } from "../../test/until.ts";
import { bullMqQueue } from "./bullmq-queue.ts";

if (noRedis) it.skip(`BullMQ (skipped: ${noRedis})`, () => undefined);
describe.skipIf(noRedis)("BullMQ", () => {
  let redis: RedisServer;
  let queues = 0;
  beforeAll(async () => {
    redis = await startRedis({ keeps: true });
  });
  afterAll(() => redis.stop());
  const me = { name: "survivor", about: "a test" };

  testQueue("BullMQ on Redis", () => bullMqQueue(redis.url, { name: `suite-${queues++}` }));

  it("gives the task of a worker that was killed to another one", async () => {
    const name = `killed-${queues++}`;
    const require = createRequire(import.meta.url);
    const program = `
      const { Worker } = require(${JSON.stringify(require.resolve("bullmq"))});
      const connection = { url: ${JSON.stringify(redis.url)}, maxRetriesPerRequest: null };
      new Worker(${JSON.stringify(name)}, () => { process.send("begun"); return new Promise(() => setInterval(() => {}, 1000)); },
        { connection, lockDuration: 1000, stalledInterval: 500 });`;
    const child = spawn(process.execPath, ["-e", program], { stdio: ["ignore", "ignore", "ignore", "ipc"] });
    const queue = await bullMqQueue(redis.url, { name, lostAfter: 1000 });
    await queue.add([{ id: "only", kind: "one", data: {} }]);
    await once(child, "message");
    child.kill("SIGKILL");
    const seen: string[] = [];
    const worker = await queue.work(async ({ id }) => void seen.push(id), me);
    await until(() => seen.length > 0);
    await worker.close();
    expect(seen).toEqual(["only"]);
    expect(await queue.counts()).toEqual({ waiting: 0, active: 0, failed: 0 });
    await queue.close();
  });

  it("goes on when Redis comes back, with what it has kept", async () => {
    const queue = await bullMqQueue(redis.url, { name: `restart-${queues++}` });
    const seen: string[] = [];
    const worker = await queue.work(async ({ id }) => void seen.push(id), me);
    await queue.add([{ id: "before", kind: "one", data: {} }]);
    // seen is not yet recorded: what Redis has not heard of before its end would be done again
    await until(async () => seen.length === 1 && (await queue.counts()).active === 0);
    await redis.restart();
    await queue.add([{ id: "after", kind: "one", data: {} }]);
    await until(() => seen.length === 2);
    await worker.close();
    await queue.close();
    expect(seen).toEqual(["before", "after"]);
  });

  it("names no password", async () => {
    const queue = await bullMqQueue(redis.url.replace("//", "//default:hidden-word@"), { name: "named" }).catch(
      (error: Error) => error,
    );
    if (queue instanceof Error) expect(queue.message).not.toMatch(/hidden-word/);
    else {
      expect(queue.name).toMatch(/^redis:127\.0\.0\.1:\d+$/);
      await queue.close();
    }
  });
});

it("says that nothing answers, and what is no URL of Redis", async () => {
  const closed = `redis://127.0.0.1:${await freePort()}`;
  await expect(bullMqQueue(closed, { name: "none" })).rejects.toThrow(
    /must answer, got .*ECONNREFUSED.*; start Redis there/,
  );
  await expect(bullMqQueue("http://localhost", { name: "none" })).rejects.toThrow(/a URL such as redis:/);
});
