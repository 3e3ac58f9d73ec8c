import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { linePanels } from "@gmem/report";
import { root } from "../repository.ts";
import { served } from "../served.ts";
import type { Steps } from "../steps.ts";
import { clientOf, quantile } from "./client.ts";
import { type Reading, readingOf } from "./growth.ts";
import { liveEdits } from "./live-edits.ts";
import { tinyServed } from "./tiny-served.ts";
import { traffic } from "./traffic.ts";

const minutes = 30;
const each = 200;

/** One round of requests. */
interface Round extends Reading {
  /** Minutes from the start. */
  readonly minute: number;
  /** Milliseconds of an answer. */
  readonly p50: number;
  readonly p99: number;
}

/** Half an hour of requests, cancels, disconnects and edits; its curve becomes docs/images/serve-soak.svg. */
export async function soak({ step }: Steps): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), "gmem-soak-"));
  tinyServed(folder);
  const server = await served(folder, { args: ["runs/tiny", "--slots", "8"] });
  const client = clientOf(server.url);
  try {
    await step(`a server is asked for ${minutes} minutes`, async () => {
      const rounds: Round[] = [];
      const start = performance.now();
      const minute = (): number => (performance.now() - start) / 60_000;
      for (let i = 0; minute() < minutes; i++) {
        const asked = { requests: each, cancels: 10, disconnects: 10, atOnce: 16, seed: i };
        const [{ ms, faults }, edits] = await Promise.all([
          traffic(client, asked),
          liveEdits(client, { run: "tiny", count: 10 }),
        ]);
        const wrong = [...faults, ...edits];
        if (wrong.length > 0) throw new Error(`after ${minute().toFixed(1)} minutes: ${wrong.slice(0, 3).join("; ")}`);
        const reading = readingOf(await client.metrics(), (i + 1) * each);
        rounds.push({ ...reading, minute: minute(), p50: quantile(ms, 0.5), p99: quantile(ms, 0.99) });
      }
      await writeFile(join(root, "docs/images/serve-soak.svg"), curve(rounds));
      const last = rounds.at(-1) as Round;
      const third = Math.floor(rounds.length / 3);
      const mean = (of: (one: Round) => number, from: number): number =>
        rounds.slice(from, from + third).reduce((sum, one) => sum + of(one), 0) / third;
      const thirds = (of: (one: Round) => number): string =>
        [0, third, 2 * third].map((from) => mean(of, from).toFixed(1)).join(", ");
      return `${last.at} requests in ${last.minute.toFixed(1)} minutes
resident memory, MB, mean of each third: ${thirds(({ resident }) => resident)}
heap, MB: ${thirds(({ heap }) => heap)}
answers, ms, p50: ${thirds(({ p50 }) => p50)}; p99: ${thirds(({ p99 }) => p99)}
event loop, ms, p99: ${thirds(({ lag }) => lag)}`;
    });
  } finally {
    client.close();
    await server.close();
    await rm(folder, { recursive: true, force: true });
  }
}

function curve(rounds: readonly Round[]): string {
  const panel = (title: string, y: string, lines: Readonly<Record<string, (one: Round) => number>>) => ({
    title,
    x: "minutes",
    y,
    lines: Object.entries(lines).map(([group, of]) => ({
      group,
      points: rounds.map((one) => [one.minute, of(one)] as const),
    })),
  });
  return linePanels(
    [
      panel("Memory", "MB", { resident: ({ resident }) => resident, heap: ({ heap }) => heap }),
      panel("Answers", "ms", { "50 %": ({ p50 }) => p50, "99 %": ({ p99 }) => p99 }),
      panel("Event loop", "ms, p99", { lag: ({ lag }) => lag }),
    ],
    { columns: 3 },
  );
}
