import { mkdtempSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { bullMqQueue, directoryStore, submitJob } from "@gmem/jobs";
import { encodeLatents, loadConfig } from "@gmem/runs";
import { latentsJob } from "@gmem/runs/jobs";
import { codeVersion } from "@gmem/workers";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { noRedis, type RedisServer, startRedis } from "../../../packages/jobs/test/redis.ts";
import { until } from "../../../packages/jobs/test/until.ts";
import { childrenOf } from "../test/children-of.ts";
import { folderHashes } from "../test/folder-hashes.ts";
import { journal } from "../test/journal.ts";
import { begin, type Running } from "../test/work.ts";

/** Jobs of one shard each; `GMEM_JOBS=2000` says what the memory of a worker is in the end. */
const jobs = Number(process.env.GMEM_JOBS ?? 12);

const folder = mkdtempSync(join(tmpdir(), "gmem-long-"));
const at = (...path: string[]): string => join(folder, ...path);

if (noRedis) it.skip(`long work (skipped: ${noRedis})`, () => undefined);
describe.skipIf(noRedis)("long work", () => {
  let redis: RedisServer;
  const all: Running[] = [];
  beforeAll(async () => {
    redis = await startRedis();
  });
  afterAll(async () => {
    for (const { child } of all) child.kill("SIGKILL");
    await redis.stop();
  });
  const run = (args: readonly string[], name: string): Running => {
    const running = begin([...args, "--queue", redis.url, "--store", at(name), "--scratch", at("scratch")]);
    all.push(running);
    return running;
  };
  const drained = async ({ child, finished }: Running): Promise<void> => {
    child.kill("SIGTERM");
    expect(await finished).toMatchObject({ status: 0, stderr: expect.stringMatching(/nothing is half done/) });
  };

  it("a worker that is added and one that is removed amid a job take their shares, and compute nothing again", async () => {
    const source = ["scenes-tiny", "data=scenes", "image.count=400", "image.size=16"];
    const config = await loadConfig("scenes-tiny", ["engine.threads=1", ...source.slice(1)]);
    await encodeLatents(config, { folder: at("plain"), shardRows: 2 });
    const told = journal();
    const ofEach = [journal(), journal()] as const;
    const start = (which: 0 | 1): Running => {
      const worker = run(["start"], "shared");
      for (const one of [told, ofEach[which]]) one.follow(worker);
      return worker;
    };
    const first = start(0);
    const submitted = run(["submit", "latents", ...source, "--shard-rows", "2", "--out", at("out")], "shared");
    await until(() => ofEach[0].counts().computed > 2);
    const second = start(1);
    await until(() => ofEach[1].counts().begun > 0 || submitted.child.exitCode !== null);
    await drained(first);
    const { status, stderr } = await submitted.finished;
    expect(status, stderr).toBe(0);
    await drained(second);
    expect(ofEach[1].counts().computed).toBeGreaterThan(0);
    expect(told.counts()).toEqual({ begun: 200, computed: 200, failed: 0, killed: 0 });
    expect(folderHashes(at("out"))).toEqual(folderHashes(at("plain")));
  });

  it(`one process computes ${jobs} jobs one after the other, and hardly grows`, async () => {
    const code = codeVersion();
    const store = directoryStore(at("many"));
    const queue = await bullMqQueue(redis.url, { name: `gmem-${code}` });
    const settings = ["engine.threads=1", "data=scenes", "image.count=2", "image.size=16"];
    const told = journal();
    const worker = run(["start"], "many");
    told.follow(worker);
    const submitted = async (seed: number): Promise<void> => {
      const config = await loadConfig("scenes-tiny", [...settings, `seed=${seed}`]);
      const asked = { config, folder: at("unused"), shardRows: 2 };
      const plan = await latentsJob.plan(asked, { store, scratch: at("scratch") });
      if (!plan) throw new Error("a job of its own must be left to compute");
      await submitJob({ kind: latentsJob.name, ...plan, code }, { store, queue });
    };
    const sizes: { readonly worker: number; readonly process: number }[] = [];
    for (let seed = 0, tenth = 1; tenth <= 10; tenth++) {
      while (seed < Math.floor((jobs * tenth) / 10)) await submitted(seed++);
      await until(() => told.counts().computed >= Math.floor((jobs * tenth) / 10));
      const [child = 0] = await childrenOf(worker.child.pid as number);
      sizes.push({ worker: await megabytes(worker.child.pid as number), process: await megabytes(child) });
    }
    await drained(worker);
    await queue.close();
    expect(told.counts()).toEqual({ begun: jobs, computed: jobs, failed: 0, killed: 0 });
    console.log(
      `MB after each tenth of ${jobs} jobs: ${sizes.map((one) => `${one.worker} + ${one.process}`).join(", ")}`,
    );
    const [early, late] = [sizes[2], sizes[9]] as [(typeof sizes)[0], (typeof sizes)[0]];
    for (const part of ["worker", "process"] as const) expect(late[part]).toBeLessThan(1.25 * early[part] + 20);
  }, 3_600_000);
});

/** What a process holds in memory; 0 where the system does not tell. */
async function megabytes(pid: number): Promise<number> {
  const status = await readFile(`/proc/${pid}/status`, "utf8").catch(() => "");
  return Math.round(Number(/VmRSS:\s+(\d+) kB/.exec(status)?.[1] ?? 0) / 1024);
}
