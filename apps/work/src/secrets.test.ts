import { mkdtempSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { openStore } from "@gmem/jobs";
import { Redis } from "ioredis";
import { describe, expect, it } from "vitest";
import { noMoto, startMoto } from "../../../packages/jobs/test/moto.ts";
import { noRedis, startRedis } from "../../../packages/jobs/test/redis.ts";
import { until } from "../../../packages/jobs/test/until.ts";
import { begin, type Finished, work } from "../test/work.ts";

const [password, secret, id] = ["the-word-of-redis", "the-secret-of-the-bucket", "AKIDOFTHEBUCKET"];
const missing = noRedis ?? noMoto;

describe.skipIf(missing)("credentials", () => {
  it("are in no output of any command, in no task and in no object", async () => {
    const folder = mkdtempSync(join(tmpdir(), "gmem-secrets-"));
    const [redis, moto] = await Promise.all([startRedis(), startMoto()]);
    const { bucket, endpoint = "" } = await moto.bucket();
    const env = { AWS_ACCESS_KEY_ID: id, AWS_SECRET_ACCESS_KEY: secret, AWS_ENDPOINT_URL: endpoint };
    const admin = new Redis(redis.url);
    await admin.config("SET", "requirepass", password);
    const urlOf = (word: string): string => redis.url.replace("//", `//:${word}@`);
    const places = ["--queue", urlOf(password), "--store", `s3://${bucket}/work`];
    const source = ["scenes-tiny", "data=scenes", "image.count=4", "image.size=16", "--shard-rows", "2"];
    const ended: Finished[] = [];
    const run = async (args: readonly string[], expected: number): Promise<Finished> => {
      const finished = await work(args, env);
      expect(finished.status, finished.stderr).toBe(expected);
      ended.push(finished);
      return finished;
    };
    const worker = begin(["start", ...places, "--scratch", join(folder, "scratch")], { env });
    const board = begin(["board", "--queue", urlOf(password), "--port", "0"], { env });
    try {
      const waiting = [...source, "seed=9", "--out", join(folder, "b"), ...places, "--detach", "--json"];
      const submit = ["submit", "latents"];
      await run([...submit, ...source, "--out", join(folder, "a"), ...places], 0);
      worker.child.kill("SIGTERM");
      ended.push(await worker.finished);
      await until(() => board.printed().includes("http") || board.child.exitCode !== null);
      expect(await (await fetch(`${board.printed().trim()}/api/queues`)).text()).not.toContain(password);
      const { job } = JSON.parse((await run([...submit, ...waiting], 0)).stdout) as { readonly job: string };
      await run(["status", ...places], 0);
      await run(["status", "--all", "--json", ...places], 0);
      const tasks = await everything(admin);
      expect(Object.keys(tasks).filter((key) => key.includes(job))).toHaveLength(2);
      expect(tasks[Object.keys(tasks).find((key) => key.endsWith(`${job}.1`)) ?? ""]).toContain(
        JSON.stringify(JSON.stringify({ job, shard: 1 })),
      );
      await run(["cancel", job, ...places], 0);
      await run(["status", "--store", `s3://${bucket}/work`, "--queue", urlOf("not-the-word")], 1);
      await run(["status", "--store", `s3://${bucket}/work`, "--queue", `redis://:${password}@127.0.0.1:1`], 1);
      await run(["status", "--store", "s3://of-nobody/work"], 1);
      board.child.kill("SIGTERM");
      ended.push(await board.finished);
      const store = openStore(`s3://${bucket}/work`, { accessKeyId: id, secretAccessKey: secret, endpoint });
      const objects: string[] = [];
      for await (const key of store.list("")) objects.push(key, Buffer.from((await store.get(key)) ?? []).toString());
      const all = [...ended.flatMap(({ stdout, stderr }) => [stdout, stderr]), ...objects, JSON.stringify(tasks)];
      expect(ended).toHaveLength(10);
      expect(objects.length).toBeGreaterThan(4);
      for (const hidden of [password, secret, id, "not-the-word"])
        expect(all.filter((text) => text.includes(hidden))).toEqual([]);
    } finally {
      for (const { child } of [worker, board]) child.kill("SIGKILL");
      admin.disconnect();
      moto.stop();
      await redis.stop();
    }
  });
});

/** What a server of Redis holds in texts and in records, as JSON by key. */
async function everything(redis: Redis): Promise<Readonly<Record<string, string>>> {
  const found: Record<string, string> = {};
  for (const key of await redis.keys("*")) {
    const type = await redis.type(key);
    if (type === "hash") found[key] = JSON.stringify(await redis.hgetall(key));
    if (type === "string") found[key] = JSON.stringify(await redis.get(key));
  }
  return found;
}
