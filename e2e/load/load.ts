import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { must } from "../must.ts";
import { type Served, served } from "../served.ts";
import type { Steps } from "../steps.ts";
import { type Client, clientOf, pause, quantile } from "./client.ts";
import { collected, collects } from "./collected.ts";
import { different, mixedRequests } from "./equal-to-offline.ts";
import { flood } from "./flood.ts";
import { growth, type Reading, readingOf } from "./growth.ts";
import { liveEdits } from "./live-edits.ts";
import { tinyServed } from "./tiny-served.ts";
import { traffic } from "./traffic.ts";

interface Size {
  readonly requests: number;
  readonly cancels: number;
  readonly disconnects: number;
  readonly edits: number;
  readonly mixed: number;
  readonly floodSeconds: number;
  /** Whether speeds and memory are judged, or said alone: they are those of a machine without other work. */
  readonly isJudged: boolean;
}

const slots = 8;
/** Results that a server keeps, whatever their size: until there are so many, its memory grows. */
const mostKept = 1000;

/** Some of the load, for every time. */
export const someLoad = (steps: Steps): Promise<void> =>
  load(steps, { requests: 600, cancels: 30, disconnects: 30, edits: 40, mixed: 24, floodSeconds: 2, isJudged: false });

/** All of it: minutes. */
export const everyLoad = (steps: Steps): Promise<void> =>
  load(steps, {
    requests: 10_000,
    cancels: 500,
    disconnects: 500,
    edits: 500,
    mixed: 200,
    floodSeconds: 10,
    isJudged: true,
  });

async function load({ step }: Steps, size: Size): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), "gmem-load-"));
  let server: Served | undefined;
  let client: Client | undefined;
  try {
    const files = tinyServed(folder);
    server = await served(folder, { args: ["runs/tiny", "--slots", `${slots}`], node: collects });
    client = clientOf(server.url);
    const [open, running] = [client, server];
    await step(`${size.requests} requests, some cancelled and some left, end once each, while the bank is edited`, () =>
      mixedTraffic(open, { files, size, server: running }),
    );
    await step(`a full queue refuses ${size.floodSeconds} s of 1,000 requests a second`, async () => {
      const { accepted, p50, p99, pace, rate, share, faults } = await flood(open, {
        rate: 1000,
        seconds: size.floodSeconds,
      });
      must(faults.length === 0, faults.join(", "));
      const said = `${rate.toFixed(0)} a second, ${accepted} in places that became free, the others answered in ${p50.toFixed(2)} ms, p99 ${p99.toFixed(2)} ms; steps went on at ${percent(pace)}; the client took ${percent(share)} of the processors' time of both`;
      return size.isJudged
        ? judged(said, { "429 must come within 5 ms (p99)": p99 <= 5, "steps must go on at 80 %": pace >= 0.8 })
        : said;
    });
    await step("no slot is lost", async () => {
      const { drawing, free } = await idle(open);
      must(drawing === 0 && free === slots, `all ${slots} slots must be free, got ${free}, and ${drawing} drawing`);
      return `${free} free`;
    });
  } finally {
    client?.close();
    await server?.close();
    await rm(folder, { recursive: true, force: true });
  }
}

async function mixedTraffic(
  client: Client,
  { files, size, server }: { readonly files: string; readonly size: Size; readonly server: Served },
): Promise<string> {
  const { requests, cancels, disconnects, edits, mixed, isJudged } = size;
  const readings: Reading[] = [];
  const read = async (count: number): Promise<void> => {
    if (count % Math.max(50, requests / 40) !== 0) return;
    const { lag } = readingOf(await client.metrics(), count);
    await collected(server);
    readings.push({ ...readingOf(await client.metrics(), count), lag });
  };
  const start = performance.now();
  const [counts, faults, drawn] = await Promise.all([
    traffic(client, { requests, cancels, disconnects, atOnce: 24, seed: 5, onDone: read }),
    liveEdits(client, { run: "tiny", count: edits }),
    mixedRequests(client, mixed),
  ]);
  const seconds = (performance.now() - start) / 1000;
  await idle(client);
  const ended = await endsOf(client);
  const others = await different(drawn, { folder: files, slots });
  for (const list of [counts.faults, faults, others])
    must(list.length === 0, `${list.length}: ${list.slice(0, 3).join("; ")}`);
  const known = counts.done + counts.cancelled + drawn.length;
  must(ended.failed === 0, `no job may fail, got ${ended.failed}`);
  const all = ended.done + ended.cancelled;
  must(
    all >= known && all <= known + counts.left,
    `each of ${known} to ${known + counts.left} jobs must end once, got ${all}`,
  );
  const mb = growth(readings);
  const lags = readings.map((one) => one.lag).filter(Number.isFinite);
  const lag = Math.max(...lags);
  const kept = requests < 2 * mostKept ? `, while the first ${mostKept} results are being kept` : "";
  const said = `${all} jobs in ${seconds.toFixed(1)} s: ${ended.done} done, ${ended.cancelled} cancelled, none failed; ${counts.refused} times the queue was full
${edits} edits and ${drawn.length} requests beside them, whose pictures have the bits that the run draws alone
memory ${mb.toFixed(2)} MB a thousand${kept}, ${readings.at(-1)?.resident.toFixed(0)} MB at the end; event loop p99 ${lag.toFixed(1)} ms, the median of ${readings.length} readings ${quantile(lags, 0.5).toFixed(1)} ms`;
  return isJudged
    ? judged(said, {
        "memory must grow by at most 1 MB a thousand requests": mb <= 1,
        "the event loop must lag less than 20 ms (p99)": lag < 20,
      })
    : said;
}

/** What was measured, where it keeps to every rule. @throws {Error} with the rules that it breaks, and all of it. */
function judged(said: string, rules: Readonly<Record<string, boolean>>): string {
  const broken = Object.entries(rules).flatMap(([rule, isKept]) => (isKept ? [] : [rule]));
  must(broken.length === 0, `${broken.join("; ")}\n${said}`);
  return said;
}

/** Waits until nothing is drawn. */
async function idle(client: Client): Promise<{ readonly drawing: number; readonly free: number }> {
  for (let i = 0; i < 300; i++) {
    const metrics = await client.metrics();
    const of = (name: string): number => metrics.get(name) ?? Number.NaN;
    const [drawing, free] = ["drawing", "free"].map((state) => of(`gmem_slots{run="tiny",state="${state}"}`)) as [
      number,
      number,
    ];
    const open = of('gmem_queue_jobs{state="queued"}') + of('gmem_queue_jobs{state="running"}');
    if (open === 0 && drawing === 0) return { drawing, free };
    await pause(100);
  }
  throw new Error("the server must become idle within 30 s");
}

async function endsOf(client: Client): Promise<Readonly<Record<"done" | "failed" | "cancelled", number>>> {
  const metrics = await client.metrics();
  const of = (status: string): number => metrics.get(`gmem_jobs_total{run="tiny",status="${status}"}`) ?? 0;
  return { done: of("done"), failed: of("failed"), cancelled: of("cancelled") };
}

const percent = (share: number): string => `${(100 * share).toFixed(0)} %`;
