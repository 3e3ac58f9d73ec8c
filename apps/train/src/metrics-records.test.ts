import { mkdtempSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { curves, machineFacts, readMetrics } from "./metrics-records.ts";

const file = join(mkdtempSync(join(tmpdir(), "gmem-metrics-")), "metrics.jsonl");
const line = (step: number, more: object) => JSON.stringify({ step, loss: 1 / step, gradNorm: 1, ...more });

describe("what a report shows of metrics.jsonl", () => {
  it("is nothing before the first step", () => {
    expect(readMetrics(file)).toEqual([]);
    expect(machineFacts([])).toBeUndefined();
    expect(curves([]).every(({ series }) => series.every(({ points }) => points.length === 0))).toBe(true);
  });
  it("has curves of loss, throughput and memory, and leaves out what is not finite or was not written", () => {
    const machine = (imagesPerSecond: number, memoryBytes: number) => ({ machine: { imagesPerSecond, memoryBytes } });
    const lines = [
      line(1, {}), // of a version that did not measure
      line(2, { loss: null, ...machine(80, 3e8) }),
      line(3, { evaluation: { "held-out loss": 0.5 }, ...machine(120, 5e8) }),
      line(4, machine(100, 4e8)),
    ];
    writeFileSync(file, `${lines.join("\n")}\n`);
    const records = readMetrics(file);
    const points = Object.fromEntries(curves(records).map(({ title, series }) => [title, series[0]?.points]));
    expect(points.loss).toEqual([1, 3, 4].map((step) => ({ x: step, y: 1 / step })));
    expect(points["held-out loss"]).toEqual([{ x: 3, y: 0.5 }]);
    expect(points.throughput).toEqual([
      { x: 2, y: 80 },
      { x: 3, y: 120 },
      { x: 4, y: 100 },
    ]);
    expect(points["memory of the process"]?.map(({ y }) => y)).toEqual([300, 500, 400]);
    expect(machineFacts(records)).toEqual({ imagesPerSecond: 100, memoryBytes: 5e8 });
  });
});
