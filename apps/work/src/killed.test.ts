import { mkdtempSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { bullMqQueue, jobsIn, openStore, shardsDone } from "@gmem/jobs";
import { encodeLatents, loadConfig } from "@gmem/runs";
import type { Queue, Store } from "@gmem/spec";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { noMoto, startMoto } from "../../../packages/jobs/test/moto.ts";
import { noRedis, type RedisServer, startRedis } from "../../../packages/jobs/test/redis.ts";
import { until } from "../../../packages/jobs/test/until.ts";
import { childrenOf } from "../test/children-of.ts";
import { folderHashes } from "../test/folder-hashes.ts";
import { begin, type Running, work } from "../test/work.ts";
import { codeVersion } from "./code-version.ts";

/** Few enough for every day; `GMEM_KILLS=200` has 500 shards and takes a while. */
const kills = Number(process.env.GMEM_KILLS ?? 4);
const shards = kills > 4 ? 500 : 40;

const folder = mkdtempSync(join(tmpdir(), "gmem-killed-"));
const at = (...path: string[]): string => join(folder, ...path);
const source = ["scenes-tiny", "data=scenes", `image.count=${2 * shards}`, "image.size=16"];
const missing = noRedis ?? noMoto;

if (missing) it.skip(`many machines (skipped: ${missing})`, () => undefined);
describe.skipIf(missing)("many machines", () => {
  let redis: RedisServer;
  let moto: Awaited<ReturnType<typeof startMoto>>;
  let store: Store;
  let place: string;
  let env: Readonly<Record<string, string>>;
  const workers: Running[] = [];
  beforeAll(async () => {
    [redis, moto] = await Promise.all([startRedis(), startMoto()]);
    const { bucket, ...access } = await moto.bucket();
    place = `s3://${bucket}/work`;
    store = openStore(place, access);
    const { accessKeyId, secretAccessKey, endpoint = "" } = access;
    env = { AWS_ACCESS_KEY_ID: accessKeyId, AWS_SECRET_ACCESS_KEY: secretAccessKey, AWS_ENDPOINT_URL: endpoint };
  });
  afterAll(async () => {
    for (const { child } of workers) child.kill("SIGKILL");
    moto.stop();
    await redis.stop();
  });
  const places = (): string[] => ["--queue", redis.url, "--store", place, "--scratch", at("scratch")];
  const startWorker = (): Running => {
    const worker = begin(["start", ...places()], env);
    workers.push(worker);
    return worker;
  };
  const done = async (): Promise<number> => {
    let count = 0;
    for await (const key of jobsIn(store)) count += (await shardsDone(store, key)).size;
    return count;
  };

  it(`${shards} shards come out the same after ${kills} kills, a Redis that forgets and a store that is away`, async () => {
    const config = await loadConfig(source[0] as string, ["engine.threads=1", ...source.slice(1)]);
    await encodeLatents(config, { folder: at("plain"), shardRows: 2 });
    const submitted = ["one", "two"].map((name) =>
      begin(["submit", "latents", ...source, "--shard-rows", "2", "--out", at(name), ...places(), "--json"], env),
    );
    const running = [startWorker(), startWorker()];
    for (let kill = 0; kill < kills; kill++) {
      const before = await done();
      await until(async () => (await done()) > before); // of killed ones the rest is not waited for here
      const which = kill % running.length;
      const worker = running[which] as Running;
      const inside = await childrenOf(worker.child.pid as number);
      if (kill % 3 === 2) {
        worker.child.kill("SIGKILL"); // its process ends with it
        await worker.finished;
        running[which] = startWorker();
      } else for (const pid of inside) process.kill(pid, "SIGKILL");
      if (kill === Math.floor(kills / 2)) {
        moto.pause();
        await until(() => submitted.every(({ child }) => child.exitCode === null)); // they ask again, and do not fail
        await redis.restart();
        moto.resume();
      }
    }
    await redis.restart(); // forgets what the killed ones had begun
    for (const { finished } of submitted) {
      const { status, stderr } = await finished;
      expect(status, stderr).toBe(0);
    }
    for (const name of ["one", "two"]) expect(folderHashes(at(name))).toEqual(folderHashes(at("plain")));
    const { stdout } = await work(["status", ...places().slice(0, 4), "--json"], env);
    expect(JSON.parse(stdout)).toMatchObject({ jobs: [{ kind: "latents", shards, done: shards }], failed: [] });
    for (const { child, finished } of running) {
      child.kill("SIGTERM");
      expect(await finished).toMatchObject({ status: 0 });
    }
  }, 3_600_000);

  it("a shard that fails three times is named, and tried again when it is mended", async () => {
    const queue: Queue = await bullMqQueue(redis.url, { name: `gmem-${codeVersion()}` });
    const args = ["submit", "latents", "scenes-tiny", "data=scenes", "image.count=6", "image.size=16", "seed=7"];
    const all = [...args, "--shard-rows", "2", "--out", at("mended"), ...places(), "--json"];
    const { stdout } = await work([...all, "--detach"], env);
    const { job } = JSON.parse(stdout) as { readonly job: string };
    const description = await store.get(`jobs/${job}/job.json`);
    await store.put(`jobs/${job}/job.json`, new TextEncoder().encode("{}")); // nobody can tell what it is
    const worker = startWorker();
    await until(async () => (await queue.counts()).failed === 3);
    await store.put(`jobs/${job}/job.json`, description as Uint8Array);
    const again = await work(all, env);
    expect(again.status, again.stderr).toBe(0); // what failed is tried anew
    const status = JSON.parse((await work(["status", job, ...places().slice(0, 4), "--json"], env)).stdout);
    expect(status).toMatchObject({ jobs: [{ job, done: 3, shards: 3 }], failed: [], counts: { failed: 0 } });
    worker.child.kill("SIGTERM");
    expect(await worker.finished).toMatchObject({ status: 0 });
    await queue.close();
  });

  it("a cancelled job ends who waits for it", async () => {
    const args = ["submit", "latents", "scenes-tiny", "data=scenes", "image.count=6", "image.size=16", "seed=8"];
    const waiting = begin([...args, "--shard-rows", "2", "--out", at("never"), ...places(), "--json"], env);
    await until(() => /no worker of code/.test(waiting.said()));
    let job = "";
    for await (const key of jobsIn(store)) if ((await shardsDone(store, key)).size === 0) job = key;
    const cancelled = await work(["cancel", job, ...places().slice(0, 4), "--json"], env);
    expect(JSON.parse(cancelled.stdout), cancelled.stderr).toEqual({ job, forgotten: 3 });
    const { status, stderr } = await waiting.finished;
    expect([status, stderr]).toEqual([1, expect.stringMatching(/was cancelled; submit it again/)]);
  });
});

it("says what is missing, in the words of the command line", async () => {
  const nobody = await work(["submit", "latents", "scenes-tiny", "--out", at("x"), "--store", at("s")]);
  expect([nobody.status, nobody.stderr]).toEqual([2, expect.stringMatching(/needs --workers N .* or --queue/)]);
  const bucket = await work(["status", "--store", "s3://bucket/x"], {
    AWS_ACCESS_KEY_ID: "",
    AWS_SECRET_ACCESS_KEY: "",
  });
  expect([bucket.status, bucket.stderr]).toEqual([2, expect.stringMatching(/a bucket needs credentials/)]);
});
