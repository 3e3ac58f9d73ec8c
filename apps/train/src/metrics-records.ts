import { existsSync, readFileSync } from "node:fs";
import type { ReportContent } from "@gmem/report";

/** A line of metrics.jsonl; `machine` is not in those of older runs. */
export interface MetricsRecord {
  readonly step: number;
  readonly loss: number | null;
  readonly gradNorm: number | null;
  readonly evaluation?: Readonly<Record<string, number | null>>;
  readonly machine?: { readonly imagesPerSecond: number; readonly memoryBytes: number };
}

/** The lines of metrics.jsonl, of steps before a resume too. */
export function readMetrics(path: string): readonly MetricsRecord[] {
  if (!existsSync(path)) return []; // before the first step
  const lines = readFileSync(path, "utf8").split("\n").filter(Boolean);
  return lines.map((line) => JSON.parse(line) as MetricsRecord);
}

/** Curves over the steps. */
export function curves(records: readonly MetricsRecord[]): ReportContent["charts"] {
  const names = [...new Set(records.flatMap(({ evaluation }) => Object.keys(evaluation ?? {})))];
  const points = (value: (record: MetricsRecord) => number | null | undefined) =>
    records.flatMap((record) => {
      const y = value(record);
      return typeof y === "number" ? [{ x: record.step, y }] : [];
    });
  const one = (name: string, value: Parameters<typeof points>[0]) => [{ name, points: points(value) }];
  const step = { x: "step" } as const;
  return [
    { ...step, title: "loss", y: "loss", series: one("training", ({ loss }) => loss) },
    {
      ...step,
      title: "held-out loss",
      y: "loss",
      series: names.filter(isLoss).flatMap((name) => one(name, ({ evaluation }) => evaluation?.[name])),
    },
    ...names
      .filter((name) => !isLoss(name))
      .map((name) => ({ ...step, title: name, y: name, series: one(name, ({ evaluation }) => evaluation?.[name]) })),
    { ...step, title: "gradient norm before clipping", y: "norm", series: one("norm", ({ gradNorm }) => gradNorm) },
    {
      ...step,
      title: "throughput",
      y: "images a second",
      series: one("images a second", ({ machine }) => machine?.imagesPerSecond),
    },
    {
      ...step,
      title: "memory of the process",
      y: "MB",
      series: one("resident", ({ machine }) => machine && machine.memoryBytes / 1e6),
    },
  ];
}

/** Losses share a chart; what else is measured has one of its own. */
const isLoss = (name: string): boolean => name.startsWith("held-out loss");

/** Median throughput and most memory, where lines have them. */
export function machineFacts(records: readonly MetricsRecord[]) {
  const measured = records.flatMap(({ machine }) => machine ?? []);
  if (measured.length === 0) return undefined;
  const sorted = measured.map(({ imagesPerSecond }) => imagesPerSecond).sort((a, b) => a - b);
  const memoryBytes = measured.reduce((most, { memoryBytes: bytes }) => Math.max(most, bytes), 0);
  return { imagesPerSecond: sorted[Math.floor(sorted.length / 2)] as number, memoryBytes };
}
