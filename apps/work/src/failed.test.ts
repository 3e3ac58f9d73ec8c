import { mkdtempSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { bullMqQueue, jobsIn, shardsDone } from "@gmem/jobs";
import { codeVersion } from "@gmem/workers";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { until } from "../../../packages/jobs/test/until.ts";
import { type Machines, machines, noMachines } from "../test/machines.ts";
import { work } from "../test/work.ts";

const folder = mkdtempSync(join(tmpdir(), "gmem-failed-"));
const at = (...path: string[]): string => join(folder, ...path);

if (noMachines) it.skip(`shards that fail (skipped: ${noMachines})`, () => undefined);
describe.skipIf(noMachines)("shards that fail", () => {
  let many: Machines;
  let places: readonly string[];
  beforeAll(async () => {
    many = await machines();
    places = [...many.flags, "--scratch", at("scratch")];
  });
  afterAll(() => many.stop());

  it("a shard that fails three times is named, and tried again when it is mended", async () => {
    const queue = await bullMqQueue(many.redis.url, { name: `gmem-${codeVersion()}` });
    const args = ["submit", "latents", "scenes-tiny", "data=scenes", "image.count=6", "image.size=16", "seed=7"];
    const all = [...args, "--shard-rows", "2", "--out", at("mended"), ...places, "--json"];
    const { stdout } = await work([...all, "--detach"], many.env);
    const { job } = JSON.parse(stdout) as { readonly job: string };
    const description = await many.store.get(`jobs/${job}/job.json`);
    await many.store.put(`jobs/${job}/job.json`, new TextEncoder().encode("{}")); // nobody can tell what it is
    const worker = many.begin(["start", ...places]);
    await until(async () => (await queue.counts()).failed === 3);
    await many.store.put(`jobs/${job}/job.json`, description as Uint8Array);
    const again = await work(all, many.env);
    expect(again.status, again.stderr).toBe(0); // what failed is tried anew
    const status = JSON.parse((await work(["status", job, ...many.flags, "--json"], many.env)).stdout);
    expect(status).toMatchObject({ jobs: [{ job, done: 3, shards: 3 }], failed: [], counts: { failed: 0 } });
    worker.child.kill("SIGTERM");
    expect(await worker.finished).toMatchObject({ status: 0 });
    await queue.close();
  });

  it("a cancelled job ends who waits for it", async () => {
    const args = ["submit", "latents", "scenes-tiny", "data=scenes", "image.count=6", "image.size=16", "seed=8"];
    const waiting = many.begin([...args, "--shard-rows", "2", "--out", at("never"), ...places, "--json"]);
    await until(() => /no worker of code/.test(waiting.said()));
    let job = "";
    for await (const key of jobsIn(many.store)) if ((await shardsDone(many.store, key)).size === 0) job = key;
    const cancelled = await work(["cancel", job, ...many.flags, "--json"], many.env);
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
