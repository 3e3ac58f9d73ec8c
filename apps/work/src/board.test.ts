import { bullMqQueue } from "@gmem/jobs";
import { codeVersion } from "@gmem/workers";
import { expect, it } from "vitest";
import { noRedis, startRedis } from "../../../packages/jobs/test/redis.ts";
import { until } from "../../../packages/jobs/test/until.ts";
import { begin, work } from "../test/work.ts";

it.skipIf(noRedis)("shows the queue on this machine alone, and lets nobody change it", async () => {
  const redis = await startRedis();
  const name = `gmem-${codeVersion()}`;
  const queue = await bullMqQueue(redis.url, { name });
  const board = begin(["board", "--queue", redis.url, "--port", "0", "--json"]);
  try {
    await queue.add([{ id: "abc.7", kind: "latents", data: { job: "abc", shard: 7 } }]);
    await until(() => board.printed().includes("\n") || board.child.exitCode !== null);
    const { url, queues } = JSON.parse(board.printed()) as { readonly url: string; readonly queues: readonly string[] };
    expect(queues).toContain(name);
    expect(url).toMatch(/^http:\/\/127\.0\.0\.1:\d+$/);
    const page = await fetch(url);
    expect(page.headers.get("content-security-policy")).toMatch(/^default-src 'self'/);
    expect([page.status, await page.text()]).toEqual([200, expect.stringContaining("gmem-work")]);
    const told = await fetch(`${url}/api/queues?activeQueue=${name}&status=waiting`);
    const { queues: shown } = (await told.json()) as { readonly queues: readonly object[] };
    const ours = shown.find((one) => (one as { readonly name: string }).name === name);
    expect(ours).toMatchObject({ counts: { waiting: 1 }, readOnlyMode: true });
    const remove = await fetch(`${url}/api/queues/${name}/abc.7/clean`, { method: "PUT" });
    expect(remove.status).toBeGreaterThanOrEqual(400);
    expect(await queue.counts()).toMatchObject({ waiting: 1 });
    const elsewhere = await fetch(url.replace("127.0.0.1", "127.0.0.2")).catch((error: Error) => error);
    expect(elsewhere).toBeInstanceOf(Error);
    board.child.kill("SIGTERM");
    expect(await board.finished).toMatchObject({ status: 0 });
  } finally {
    board.child.kill("SIGKILL");
    await queue.close();
    await redis.stop();
  }
});

it("says that no server answers", async () => {
  const { status, stderr } = await work(["board", "--queue", "redis://127.0.0.1:1"]);
  expect([status, stderr]).toEqual([1, expect.stringMatching(/must answer, got .*; start Redis there/)]);
});
