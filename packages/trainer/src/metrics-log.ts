import { appendFile, open, readFile, truncate } from "node:fs/promises";
import { join } from "node:path";
import type { Json } from "./checkpoint.ts";
import { guardDisk } from "./disk-full.ts";

/** `metrics.jsonl` of a run: one line a step; what depends on the machine or the hour stands last, under `machine`. */
export interface MetricsLog {
  readonly path: string;
  append(lines: readonly MetricsLine[]): Promise<void>;
  /** Waits until the lines are on the disk. */
  sync(): Promise<void>;
}

export interface MetricsLine {
  readonly step: number;
  readonly [name: string]: Json;
}

/**
 * Opens the log of a run that has done `step` steps; later lines, which a killed run may have left, are cut off.
 * @throws {GMemError} code `DISK_FULL` from `append`.
 */
export async function openMetricsLog(run: string, { step }: { readonly step: number }): Promise<MetricsLog> {
  const path = join(run, "metrics.jsonl");
  const text = await readFile(path).catch((error: NodeJS.ErrnoException) => {
    if (error.code === "ENOENT") return Buffer.alloc(0);
    throw error;
  });
  const keep = lengthUpTo(text, step);
  if (keep < text.length) await truncate(path, keep);
  let length = keep;
  let pending = "";
  return {
    path,
    async append(lines) {
      pending += lines.map((line) => `${JSON.stringify(line)}\n`).join("");
      const bytes = Buffer.byteLength(pending);
      await guardDisk(`writing ${path}`, () => appendFile(path, pending)).catch(async (error: unknown) => {
        await truncate(path, length).catch(() => undefined); // no torn line; the next append tries all of it again
        throw error;
      });
      length += bytes;
      pending = "";
    },
    async sync() {
      const handle = await open(path, "a");
      try {
        await handle.sync();
      } finally {
        await handle.close();
      }
    },
  };
}

/**
 * The text of a `metrics.jsonl` without what depends on the machine and the hour: equal for runs that made the same steps.
 * @example
 * comparableMetrics('{"step":1,"loss":2,"machine":{"seconds":0.1}}\n'); // {"step":1,"loss":2}
 */
export const comparableMetrics = (metrics: string): string => metrics.replace(/,"machine":\{[^{}]*\}\}$/gm, "}");

/** Bytes of the whole lines up to a step; a torn last line ends it. */
function lengthUpTo(text: Buffer, step: number): number {
  let start = 0;
  for (let end = text.indexOf(10, start); end >= 0; end = text.indexOf(10, start)) {
    const line = parse(text.toString("utf8", start, end));
    if (line === undefined || line > step) return start;
    start = end + 1;
  }
  return start;
}

function parse(line: string): number | undefined {
  try {
    const { step } = JSON.parse(line) as { readonly step?: unknown };
    return typeof step === "number" ? step : undefined;
  } catch {
    return undefined;
  }
}
