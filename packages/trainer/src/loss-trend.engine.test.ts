import { mkdtempSync, readFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { onnxEngine } from "@gmem/engine-onnx";
import { expect, it } from "vitest";
import { tinyRun } from "../test/tiny-run.ts";
import { comparableMetrics } from "./metrics-log.ts";
import { train } from "./train.ts";

it("a run that diverges warns, in its steps and in metrics.jsonl, resumed or not", async () => {
  const engine = await onnxEngine({ threads: 1 });
  const run = async (stops: readonly number[]) => {
    const folder = mkdtempSync(join(tmpdir(), "gmem-"));
    const warned: string[] = [];
    for (const until of [...stops, 60]) {
      const trainer = await train({
        engine,
        ...tinyRun({ steps: 60, optimizer: { lr: 0.5, clip: null }, schedule: { kind: "constant", warmup: 12 } }),
        checkpoint: { folder },
        resume: true,
      });
      for await (const { step, warning } of trainer) {
        if (warning !== undefined) warned.push(`${step}: ${warning}`);
        if (step === until) break;
      }
      await trainer.save();
      await trainer.close();
    }
    return { warned, metrics: comparableMetrics(readFileSync(join(folder, "metrics.jsonl"), "utf8")) };
  };
  try {
    const [whole, resumed] = [await run([]), await run([9, 20])];
    expect(whole.warned[0]).toMatch(/^\d+: the loss has grown tenfold, from [\d.]+ to \d+/);
    const lines = whole.metrics
      .trim()
      .split("\n")
      .map((line) => JSON.parse(line) as { step: number; warning?: string });
    expect(lines.flatMap(({ step, warning }) => (warning ? [`${step}: ${warning}`] : []))).toEqual(whole.warned);
    expect(resumed).toEqual(whole);
  } finally {
    await engine.dispose();
  }
});
