import { rename } from "node:fs/promises";
import { key } from "@gmem/tensor";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { type OpenTiny, openTiny, sleep, until } from "../test/open-tiny.ts";
import { tinyRun } from "../test/tiny-run.ts";

let folder: string;
let server: OpenTiny;
beforeAll(async () => {
  folder = await tinyRun();
});
afterEach(() => server.stop(0));
afterAll(() => rename(folder, `${folder}-done`));

const long = { count: 60, steps: 250 };
const statusOf = (id: string): string | undefined => server.context.queue.get(id)?.status;
const ends = ["done", "failed", "cancelled"];

async function eventsOf(path: string, headers: Record<string, string> = {}): Promise<string[]> {
  const response = await fetch(`${server.url}${path}`, { headers });
  expect(Object.fromEntries(response.headers)).toMatchObject({
    "content-type": "text/event-stream; charset=utf-8",
    "cache-control": "no-cache, no-transform",
    "x-accel-buffering": "no",
  });
  return (await response.text()).split("\n\n").filter((block) => block.startsWith("id:"));
}

describe("jobs", () => {
  it("are told in numbered events, which are played back from where a client was", async () => {
    server = await openTiny([folder]);
    const { status, json, headers } = await server.ask("/v1/samples", { rows: [1, 2], steps: 3, partial: true });
    expect([status, headers.get("location"), json.images.length]).toEqual([202, `/v1/jobs/${json.id}`, 2]);
    const all = await eventsOf(json.events);
    const types = all.map((block) => /event: (\w+)/.exec(block)?.[1]);
    expect([types[0], types[1], types.at(-1)]).toEqual(["queued", "started", "done"]);
    expect(types.filter((type) => type === "step")).toHaveLength(6);
    expect(all.map((block) => Number(/id: (\d+)/.exec(block)?.[1]))).toEqual(all.map((_, i) => i + 1));
    expect(all.some((block) => block.includes("data:image/png;base64,"))).toBe(true);
    expect(await eventsOf(json.events, { "last-event-id": "4" })).toEqual(all.slice(4));
  });

  it("end in exactly one state, whatever is cancelled when; and every slot is free again", async () => {
    server = await openTiny([folder], { queue: 300 });
    const heard = new Map<string, string[]>();
    const jobs: string[] = [];
    for (let i = 0; i < 200; i++) {
      const { json } = await server.ask("/v1/samples", {
        seed: i,
        steps: 1 + (i % 5),
        count: 1 + (i % 3),
        guidance: 1 + (i % 2),
      });
      jobs.push(json.id);
      const job = server.context.queue.get(json.id);
      const own: string[] = job?.events.after(0).map(({ type }) => type) ?? [];
      heard.set(json.id, own);
      job?.events.listen(({ type }) => own.push(type));
      const chance = key(i).uniform([2]).data;
      if ((chance[0] as number) < 0.4) {
        const victim = jobs[Math.floor((chance[1] as number) * jobs.length)];
        await server.ask(`/v1/jobs/${victim}`, undefined, { method: "DELETE" });
      }
    }
    await Promise.all(jobs.map((id) => server.context.queue.get(id)?.ended));
    const last = jobs.map((id) => heard.get(id)?.filter((type) => ends.includes(type)) ?? []);
    expect(last.every((types) => types.length === 1)).toBe(true);
    expect(new Set(last.flat())).toEqual(new Set(["done", "cancelled"]));
    expect(jobs.map((id) => heard.get(id)?.at(-1))).toEqual(last.flat());
    await until(() => server.context.library.peek("tiny")?.batcher.status().free === 4);
    expect(server.context.library.peek("tiny")?.batcher.status()).toMatchObject({ waiting: 0, drawing: 0, free: 4 });
    expect(server.context.queue.counts()).toEqual({ queued: 0, running: 0 });
  });

  it("fail with their engine, and no other run's; the next one is drawn with an engine of its own, and the same bits", async () => {
    const other = await tinyRun();
    server = await openTiny([`a=${folder}`, `b=${other}`]);
    const draw = async (run: string): Promise<string> => {
      const { status, json } = await server.ask("/v1/samples?wait=true", { run, rows: [1], seed: 4 });
      expect(status).toBe(200);
      return (await server.ask(json.images[0])).json;
    };
    const before = [await draw("a"), await draw("b")];
    const lost = (await server.ask("/v1/samples", { run: "a", ...long })).json;
    const kept = (await server.ask("/v1/samples", { run: "b", count: 8, steps: 60 })).json;
    const waits = server.ask("/v1/samples?wait=true", { run: "a", rows: [2] });
    await until(() => statusOf(lost.id) === "running");
    await server.context.library.peek("a")?.run.engine.dispose(); // as a thread that has died, it does nothing any more
    await until(() => statusOf(lost.id) === "failed");
    expect((await server.ask(`/v1/jobs/${lost.id}`)).json.error.code).toBe("ENGINE");
    expect((await waits).status).toBeOneOf([200, 500]);
    expect([await draw("a"), await draw("b")]).toEqual(before);
    await until(() => statusOf(kept.id) === "done");
    expect(server.context.library.peek("a")?.batcher.status().free).toBe(4);
  });

  it("are cancelled by id within a step, and let the next one begin", async () => {
    server = await openTiny([folder]);
    const first = (await server.ask("/v1/samples", long)).json;
    const second = server.ask("/v1/samples?wait=true", { rows: [1] });
    await until(() => statusOf(first.id) === "running");
    const { json } = await server.ask(`/v1/jobs/${first.id}`, undefined, { method: "DELETE" });
    expect(json.status).toBe("cancelled");
    expect((await second).status).toBe(200);
    expect((await server.ask(first.images[0])).status).toBe(410);
  });

  it("of a connection that is closed are cancelled, unless they were made to stay", async () => {
    server = await openTiny([folder], { maxCount: 1000 });
    const longer = { ...long, count: 1000 }; // than the two seconds that a client has to come back
    const leave = async (body: object): Promise<string | undefined> => {
      const controller = new AbortController();
      const asked = server.ask("/v1/samples?wait=true", body, { signal: controller.signal }).catch(() => {});
      await until(() => server.context.queue.all.at(-1)?.status === "running");
      controller.abort();
      await asked;
      await until(() => server.context.queue.all.at(-1)?.status !== "running" || "keep" in body);
      await sleep(50); // in which one that stays might end
      return server.context.queue.all.at(-1)?.status;
    };
    expect(await leave(longer)).toBe("cancelled");
    expect(await leave({ ...longer, keep: true })).toBe("running");
    await server.ask("/v1/jobs", undefined, { method: "DELETE" });
    const { json } = await server.ask("/v1/samples", longer);
    const controller = new AbortController();
    const stream = await fetch(`${server.url}${json.events}`, { signal: controller.signal });
    controller.abort();
    expect(stream.status).toBe(200);
    await server.context.queue.get(json.id)?.ended;
    expect(server.context.queue.get(json.id)?.error?.message).toBe("its connection was closed");
  });

  it("fail alone: others live, and the error is told", async () => {
    server = await openTiny([folder]);
    const { library } = server.context;
    await library.use("tiny", async ({ run }) => {
      const tokenizer = await run.tokenizer();
      const decode = tokenizer.decode.bind(tokenizer);
      let calls = 0;
      Object.assign(tokenizer, {
        decode: (latents: never) => (calls++ === 1 ? Promise.reject(new Error("the device is lost")) : decode(latents)),
      });
    });
    const asked = await Promise.all([1, 2, 3, 4].map((seed) => server.ask("/v1/samples?wait=true", { seed })));
    expect(asked.map(({ status }) => status).sort()).toEqual([200, 200, 200, 500]);
    const failed = asked.find(({ status }) => status === 500);
    expect(failed?.json.error).toMatchObject({ code: "UNEXPECTED", message: "the server failed; its log says why" });
    expect((await server.ask("/v1/samples?wait=true", { seed: 5 })).status).toBe(200);
  });

  it("beyond the queue are sent away with a time to come back, until there is room", async () => {
    server = await openTiny([folder], { queue: 2 });
    const running = (await server.ask("/v1/samples", long)).json;
    await until(() => statusOf(running.id) === "running");
    for (let i = 0; i < 2; i++) expect((await server.ask("/v1/samples", long)).status).toBe(202);
    const full = await server.ask("/v1/samples", long);
    expect(full).toMatchObject({ status: 429, json: { error: { code: "QUEUE_FULL", limit: "queue", allowed: 2 } } });
    expect(Number(full.headers.get("retry-after"))).toBeGreaterThan(0);
    expect((await server.ask("/v1/samples", { nonsense: 1 })).status).toBe(429); // before its body is looked at
    const keyed = { headers: { "Idempotency-Key": "new" } }; // read, since there might be a job of its key
    expect((await server.ask("/v1/samples", long, keyed)).json.error).toEqual(full.json.error);
    await server.ask(`/v1/jobs/${running.id}`, undefined, { method: "DELETE" });
    await until(() => server.context.queue.counts().queued < 2);
    expect((await server.ask("/v1/samples", long)).status).toBe(202);
  });

  it("that were asked with one key are one, and another request with it is refused", async () => {
    server = await openTiny([folder]);
    const headers = { "Idempotency-Key": "k-1" };
    const ask = (body: object) => server.ask("/v1/samples", body, { headers });
    const [a, b] = await Promise.all([ask({ rows: [1] }), ask({ rows: [1] })]);
    expect(b.json.id).toBe(a.json.id);
    expect((await ask({ rows: [2] })).json.error).toMatchObject({ code: "IDEMPOTENCY_MISMATCH" });
    expect(server.context.queue.all).toHaveLength(1);
  });

  it("end while the server drains; new ones are sent to another", async () => {
    server = await openTiny([folder]);
    const { json } = await server.ask("/v1/samples", { count: 8, steps: 40 });
    const job = server.context.queue.get(json.id);
    const draining = server.context.queue.drain(10);
    expect(await server.ask("/v1/samples", { rows: [1] })).toMatchObject({ status: 503 });
    expect((await server.ask("/readyz")).headers.get("retry-after")).toBe("30");
    await draining;
    expect(job?.status).toBe("done");
  });
});
