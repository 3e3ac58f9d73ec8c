import { mkdtempSync, readFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { onnxEngine } from "@gmem/engine-onnx";
import { readSafetensors, writeSafetensors } from "@gmem/weights";
import { expect, it } from "vitest";
import { tinyRun } from "../test/tiny-run.ts";
import { train } from "./train.ts";

it("a checkpoint with a number that is not finite is refused by name, and nothing is written", async () => {
  const engine = await onnxEngine({ threads: 1 });
  const folder = mkdtempSync(join(tmpdir(), "gmem-"));
  const open = (steps: number) =>
    train({
      engine,
      ...tinyRun({ steps, schedule: { kind: "constant", warmup: 0 } }),
      checkpoint: { folder },
      resume: true,
    });
  try {
    const trainer = await open(2);
    for await (const _ of trainer);
    await trainer.save();
    await trainer.close();
    const file = join(folder, "checkpoints/step-000002/state.safetensors");
    const { tensors, metadata } = await readSafetensors(file);
    const name = Object.keys(tensors).find((tensor) => tensor.startsWith("ema/")) as string;
    (tensors[name]?.data as Float32Array)[0] = Number.NaN;
    await writeSafetensors(file, tensors, { metadata });
    const before = readFileSync(join(folder, "metrics.jsonl"), "utf8");
    await expect(open(3)).rejects.toMatchObject({ code: "NON_FINITE", message: expect.stringContaining(name) });
    expect(readFileSync(join(folder, "metrics.jsonl"), "utf8")).toBe(before);
  } finally {
    await engine.dispose();
  }
});
