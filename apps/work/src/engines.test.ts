import { mkdtempSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { bullMqQueue, directoryStore, submitJob } from "@gmem/jobs";
import { codeVersion, queueAt } from "@gmem/workers";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { noRedis, type RedisServer, startRedis } from "../../../packages/jobs/test/redis.ts";
import { begin, work } from "../test/work.ts";

describe.skipIf(noRedis)("workers of one engine", () => {
  const folder = mkdtempSync(join(tmpdir(), "gmem-engine-"));
  const store = join(folder, "store");
  let redis: RedisServer;
  beforeAll(async () => {
    redis = await startRedis();
  });
  afterAll(() => redis.stop());

  it("leave jobs of another engine to others, and status tells of both", async () => {
    const code = codeVersion();
    const settings = { config: { engine: { device: "webgpu" } } };
    const job = { kind: "latents", settings, inputs: {}, count: 3, shardSize: 1, code };
    const queue = await queueAt(redis.url, { code, engine: "webgpu" });
    await submitJob(job, { store: directoryStore(store), queue });
    const places = ["--queue", redis.url, "--store", store];
    const worker = begin(["start", ...places, "--scratch", join(folder, "scratch")]);
    try {
      const source = ["scenes-tiny", "data=scenes", "image.count=4", "image.size=16", "--shard-rows", "2"];
      const done = await work(["submit", "latents", ...source, ...places, "--out", join(folder, "out"), "--json"]);
      expect(done.status, done.stderr).toBe(0);
      expect(worker.said()).toMatch(/1 open job of other code or engine, such as .*: this worker leaves it to others/);
      expect(await queue.counts()).toEqual({ waiting: 3, active: 0, failed: 0 });
      const status = JSON.parse((await work(["status", ...places, "--json"])).stdout);
      expect(status).toMatchObject({ counts: { waiting: 3, active: 0, failed: 0 }, jobs: [{ done: 0, shards: 3 }] });
      expect(status.workers).toMatchObject([{ about: expect.stringMatching(/1 process, cpu$/) }]);
      worker.child.kill("SIGTERM");
      expect(await worker.finished).toMatchObject({ status: 0 });
    } finally {
      worker.child.kill("SIGKILL");
      await queue.close();
    }
  });

  it("refuse to begin where their engine is not", async () => {
    const places = ["--queue", redis.url, "--store", store];
    const { status, stderr } = await work(["start", ...places, "--engine", "cuda"]);
    expect([status, stderr]).toEqual([expect.any(Number), expect.stringMatching(/cuda/i)]);
    expect(status).toBeGreaterThan(0);
    const queue = await bullMqQueue(redis.url, { name: `gmem-${codeVersion()}-cuda` });
    expect(await queue.workers()).toEqual([]);
    await queue.close();
  });
});
