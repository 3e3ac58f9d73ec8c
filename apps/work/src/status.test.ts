import { mkdirSync, mkdtempSync, readdirSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { bullMqQueue, type JobDescription, jobKey } from "@gmem/jobs";
import { codeVersion } from "@gmem/workers";
import { expect, it } from "vitest";
import { noRedis, startRedis } from "../../../packages/jobs/test/redis.ts";
import { work } from "../test/work.ts";

const code = codeVersion();
const jobOf = (seed: number): JobDescription => {
  return { kind: "latents", settings: { seed }, inputs: {}, count: 3, shardSize: 1, code };
};

/** A folder with open jobs of three shards, the first of which is done, as the store writes them but not synced. */
function storeOf(jobs: readonly JobDescription[]): string {
  const folder = mkdtempSync(join(tmpdir(), "gmem-status-"));
  mkdirSync(join(folder, "open"));
  for (const job of jobs) {
    const key = jobKey(job);
    mkdirSync(join(folder, "jobs", key, "shards"), { recursive: true });
    writeFileSync(join(folder, "jobs", key, "job.json"), JSON.stringify(job));
    writeFileSync(join(folder, "jobs", key, "shards", "0000000.json"), "{}");
    writeFileSync(join(folder, "open", key), "{}");
  }
  return folder;
}

it("names a job whose description is damaged, and tells of the others", async () => {
  const jobs = [1, 2, 3].map(jobOf);
  const store = storeOf(jobs);
  const [damaged, ...others] = jobs.map(jobKey).sort() as [string, ...string[]];
  writeFileSync(join(store, "jobs", damaged, "job.json"), '{"kind":');
  const { status, stdout, stderr } = await work(["status", "--store", store]);
  expect(status, stderr).toBe(0);
  const [first, ...rest] = stdout.trimEnd().split("\n");
  expect(first).toMatch(new RegExp(`^${damaged} {2}damaged: .*"jobs/${damaged}/job.json" must describe its job`));
  expect(rest).toEqual(others.map((key) => `${key}  latents  1/3 shards`));
  const all = await work(["status", "--all", "--store", store, "--json"]);
  expect(JSON.parse(all.stdout)).toMatchObject({
    jobs: [{ job: damaged, error: expect.stringMatching(/job\.json/) }, { done: 1 }, { done: 1 }],
  });
  const one = await work(["status", damaged, "--store", store]);
  expect([one.status, one.stderr]).toEqual([1, expect.stringMatching(/job\.json/)]);
  const none = await work(["status", "none", "--store", store, "--queue", "redis://127.0.0.1:1", "--json"]);
  expect([none.status, JSON.parse(none.stdout)]).toMatchObject([1, { error: { code: "STORE" } }]);
});

it("says that a store is not there, which is not one without jobs", async () => {
  const folder = mkdtempSync(join(tmpdir(), "gmem-status-"));
  const empty = await work(["status", "--store", folder]);
  expect([empty.status, empty.stdout]).toEqual([0, `no open jobs in directory:${folder}\n`]);
  for (const [place, got] of [
    [join(folder, "mistyped"), "none"],
    [join(folder, "file"), "a file"],
  ] as const) {
    if (got === "a file") writeFileSync(place, "");
    const { status, stdout, stderr } = await work(["status", "--store", place]);
    expect([status, stdout]).toEqual([1, ""]);
    expect(stderr).toBe(
      `error [STORE] directory:${place}: must be a folder that work was put into, got ${got}; give --store as it was submitted\n`,
    );
  }
  expect(readdirSync(folder)).toEqual(["file"]); // to look makes nothing
});

it.skipIf(noRedis)("tells of ten thousand open jobs by looking at twenty", async () => {
  const jobs = Array.from({ length: 10_000 }, (_, seed) => jobOf(seed));
  const store = storeOf(jobs);
  expect(readdirSync(join(store, "open"))).toHaveLength(10_000);
  const redis = await startRedis();
  try {
    const queue = await bullMqQueue(redis.url, { name: `gmem-${codeVersion()}` });
    await queue.add(
      jobs.map((job) => ({ id: `${jobKey(job)}.1`, kind: job.kind, data: { job: jobKey(job), shard: 1 } })),
    );
    await queue.close();
    const start = performance.now();
    const { stdout, stderr } = await work(["status", "--store", store, "--queue", redis.url, "--json"]);
    const time = performance.now() - start;
    const told = JSON.parse(stdout) as { readonly jobs: readonly unknown[] };
    expect(told, stderr).toMatchObject({ more: 1000, counts: { waiting: 10_000, active: 0, failed: 0 }, workers: [] });
    expect(told.jobs).toHaveLength(20);
    console.log(`status of 10,000 open jobs and as many tasks, from the command to its end: ${time.toFixed(0)} ms`);
  } finally {
    await redis.stop();
  }
});
