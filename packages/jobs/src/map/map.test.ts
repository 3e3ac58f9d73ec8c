import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Store } from "@gmem/spec";
import { expect, it } from "vitest";
import { inProcessQueue } from "../queue/in-process-queue.ts";
import { directoryStore } from "../store/directory-store.ts";
import { followJob } from "./follow-job.ts";
import { type JobDescription, jobKey, type Shard, shardsOf } from "./job.ts";
import { getJob, jobFiles, jobsIn, openJobs, shardsDone } from "./job-files.ts";
import { pack, unpack } from "./pack.ts";
import { runShard } from "./run-shard.ts";
import { shardResults } from "./shard-results.ts";
import { getFolder, putFolder } from "./stored-folder.ts";
import { cancelJob, submitJob } from "./submit-job.ts";

const folder = (): string => mkdtempSync(join(tmpdir(), "gmem-map-"));
const job: JobDescription = { kind: "thirds", settings: { by: 3 }, inputs: {}, count: 50, shardSize: 4, code: "1" };

/** Sums whose float64 value depends on the order of adding. */
const thirds = async ({ start, end }: Shard) => ({
  "sum.bin": new Uint8Array(
    Float64Array.of(Array.from({ length: end - start }, (_, i) => 1 / (3 + start + i)).reduce((a, b) => a + b)).buffer,
  ),
});
const sumOf = async (store: Store, key: string): Promise<number> => {
  let sum = 0;
  for await (const files of shardResults(store, { key, job }))
    sum += new DataView((files["sum.bin"] as Uint8Array).slice().buffer).getFloat64(0, true);
  return sum;
};

it("a job is what it is about, not how that is written", () => {
  const settings = { b: [1, { d: 1, c: 2 }], a: "x" };
  const same = { a: "x", b: [1, { c: 2, d: 1 }] };
  expect(jobKey({ ...job, settings })).toBe(jobKey({ ...job, settings: same }));
  for (const other of [
    { code: "2" },
    { shardSize: 5 },
    { inputs: { data: "x" } },
    { settings: { by: 4 } },
    { kind: "x" },
  ])
    expect(jobKey({ ...job, ...other })).not.toBe(jobKey(job));
  expect(shardsOf(job).at(-1)).toEqual({ index: 12, start: 48, end: 50 });
  expect(() => jobKey({ ...job, count: 0 })).toThrow(/count is a positive whole number/);
});

it("gives the same sum to the bit with one worker and with five, and computes nothing twice", async () => {
  const sums: number[] = [];
  for (const workers of [1, 5]) {
    const [store, queue] = [directoryStore(folder()), inProcessQueue()];
    const computed: number[] = [];
    const { key, shards } = await submitJob(job, { store, queue });
    expect(await submitJob(job, { store, queue })).toEqual({ key, shards, done: 0 }); // by somebody else
    const worker = await queue.work(
      async ({ data }) => {
        const compute = async (shard: Shard) => {
          computed.push(shard.index);
          return thirds(shard);
        };
        await runShard(store, { key, job: await getJob(store, key), index: Number(data.shard) }, compute);
      },
      { name: "w", about: "a test", concurrency: workers },
    );
    const seen: number[] = [];
    await followJob({ key, job }, { store, queue, every: 5, onProgress: (done) => seen.push(done) });
    await worker.close();
    expect(computed.sort((a, b) => a - b)).toEqual(shardsOf(job).map(({ index }) => index));
    expect(seen.at(-1)).toBe(13);
    sums.push(await sumOf(store, key));
    expect((await submitJob(job, { store, queue })).done).toBe(13);
    expect(await queue.counts()).toEqual({ waiting: 0, active: 0, failed: 0 });
    expect(await runShard(store, { key, job, index: 3 }, thirds)).toEqual({ outcome: "there", items: 0 });
  }
  expect(sums[0]).toBe(sums[1]);
});

it("puts what the queue has lost into it again", async () => {
  const [store, forgetful] = [directoryStore(folder()), inProcessQueue()];
  const { key } = await submitJob(job, { store, queue: forgetful });
  await forgetful.remove(shardsOf(job).map(({ index }) => `${key}.${index}`));
  const handler = async ({ data }: { data: Readonly<Record<string, string | number>> }) =>
    void (await runShard(store, { key, job, index: Number(data.shard) }, thirds));
  const worker = await forgetful.work(handler, { name: "w", about: "a test" });
  await followJob({ key, job }, { store, queue: forgetful, every: 5 });
  await worker.close();
  expect((await shardsDone(store, key)).size).toBe(13);
});

it("ends with what failed once all else is done, and goes on when it is submitted again", async () => {
  const [store, queue] = [directoryStore(folder()), inProcessQueue()];
  let isPoisoned = true;
  const { key } = await submitJob(job, { store, queue });
  const worker = await queue.work(
    async ({ data }) => {
      if (isPoisoned && data.shard === 7) throw new TypeError("picture 29 is no picture");
      await runShard(store, { key, job, index: Number(data.shard) }, thirds);
    },
    { name: "w", about: "a test" },
  );
  await expect(followJob({ key, job }, { store, queue, every: 5 })).rejects.toThrow(
    /1 shard failed, such as 7 after 3 tries: picture 29/,
  );
  expect((await shardsDone(store, key)).size).toBe(12);
  isPoisoned = false;
  await submitJob(job, { store, queue });
  await followJob({ key, job }, { store, queue, every: 5 });
  await worker.close();
});

it("leaves a cancelled job alone until it is wanted again", async () => {
  const [store, queue] = [directoryStore(folder()), inProcessQueue()];
  const { key } = await submitJob(job, { store, queue });
  expect(await cancelJob({ key, job }, { store, queue })).toBe(13);
  expect(await runShard(store, { key, job, index: 0 }, thirds)).toEqual({ outcome: "cancelled", items: 0 });
  await expect(followJob({ key, job }, { store, queue, every: 5 })).rejects.toThrow(/was cancelled/);
  await submitJob(job, { store, queue });
  expect(await runShard(store, { key, job, index: 0 }, thirds)).toEqual({ outcome: "computed", items: 4 });
});

it("lists what is wanted and not done, and no more", async () => {
  const [store, queue] = [directoryStore(folder()), inProcessQueue()];
  const open = async (): Promise<string[]> => {
    const keys: string[] = [];
    for await (const key of openJobs(store)) keys.push(key);
    return keys;
  };
  const other = { ...job, settings: { by: 4 } };
  const { key } = await submitJob(job, { store, queue });
  const { key: second } = await submitJob(other, { store, queue });
  expect(await open()).toEqual([key, second].sort());
  await cancelJob({ key: second, job: other }, { store, queue });
  expect(await open()).toEqual([key]);
  await submitJob(other, { store, queue });
  for (const { index } of shardsOf(job)) await runShard(store, { key, job, index }, thirds);
  await followJob({ key, job }, { store, queue });
  expect(await open()).toEqual([second]);
});

it("keeps the first of two results that differ, and says so", async () => {
  const store = directoryStore(folder());
  const { key } = await submitJob(job, { store, queue: inProcessQueue() });
  const other = async () => ({ "sum.bin": Uint8Array.of(9) });
  const late = runShard(store, { key, job, index: 0 }, async (shard) => {
    await runShard(store, { key, job, index: 0 }, thirds);
    return other.call(shard);
  });
  expect(await late).toEqual({ outcome: "computed", items: 4, differs: true });
});

it("does not read over a result that was damaged or is missing", async () => {
  const root = folder();
  const store = directoryStore(root);
  const { key } = await submitJob(job, { store, queue: inProcessQueue() });
  await expect(sumOf(store, key)).rejects.toThrow(/got no shard 0/);
  for (const { index } of shardsOf(job)) await runShard(store, { key, job, index }, thirds);
  const { hash } = JSON.parse(readFileSync(join(root, jobFiles.shard(key, 5)), "utf8")) as { hash: string };
  const path = join(root, jobFiles.object(hash));
  const bytes = readFileSync(path);
  writeFileSync(path, bytes.fill(1, bytes.length - 1));
  await expect(sumOf(store, key)).rejects.toThrow(/must be of its hash/);
  writeFileSync(join(root, jobFiles.description(key)), "{}");
  await expect(getJob(store, key)).rejects.toThrow(/must describe its job/);
  await expect(getJob(store, "0".repeat(32))).rejects.toThrow(/has no job/);
  const known: string[] = [];
  for await (const one of jobsIn(store)) known.push(one);
  expect(known).toEqual([key]);
});

it("packs files to the same bytes, and unpacks nothing outside of its folder", () => {
  const files = { "b/c.bin": Uint8Array.of(1, 2), a: new Uint8Array() };
  expect(pack({ a: files.a, "b/c.bin": files["b/c.bin"] })).toEqual(pack(files));
  expect(unpack(pack(files))).toEqual(files);
  for (const name of ["../a", "/a", "a/../../b", "a\\b", "a//b", ".a", "a/."])
    expect(() => unpack(pack({ [name]: Uint8Array.of(1) })), name).toThrow(/must be the files of a result/);
  for (const bytes of [new Uint8Array(), Uint8Array.of(255, 255, 255, 255), pack(files).subarray(0, 20)])
    expect(() => unpack(bytes)).toThrow(/must be the files of a result/);
});

it("brings a folder to another machine, and only what is missing of it", async () => {
  const [store, from, to] = [directoryStore(folder()), folder(), folder()];
  writeFileSync(join(from, "config.json"), "{}");
  writeFileSync(join(from, "empty"), "");
  const hash = await putFolder(store, { folder: from, names: ["config.json", "empty"] });
  expect(await putFolder(store, { folder: from, names: ["empty", "config.json"] })).toBe(hash);
  await getFolder(store, hash, join(to, "run"));
  expect(readFileSync(join(to, "run", "config.json"), "utf8")).toBe("{}");
  expect(existsSync(join(to, "run", "empty"))).toBe(true);
  rmSync(join(to, "run", "empty"));
  writeFileSync(join(to, "run", "config.json"), "mine");
  await getFolder(store, hash, join(to, "run"));
  expect(readFileSync(join(to, "run", "config.json"), "utf8")).toBe("mine");
  expect(existsSync(join(to, "run", "empty"))).toBe(true);
});
