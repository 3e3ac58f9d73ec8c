import { type ChildProcess, spawn } from "node:child_process";
import { randomInt } from "node:crypto";
import { once } from "node:events";
import { mkdir, mkdtemp, readFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { onnxEngine } from "@gmem/engine-onnx";
import type { Engine, Named, NDArray } from "@gmem/tensor";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { bundleChild } from "../test/bundle-child.ts";
import { tinyRun } from "../test/tiny-run.ts";
import { type CheckpointMeta, comparableMetrics, listCheckpoints, readCheckpoint, train } from "./index.ts";

/** A child whose first step is about to begin, and its end. */
async function start(script: string, folder: string): Promise<{ child: ChildProcess; ended: Promise<unknown> }> {
  const child = spawn(process.execPath, [script, folder], { stdio: ["ignore", "pipe", "inherit"] });
  const ended = once(child, "exit");
  const output = child.stdout as NodeJS.ReadableStream;
  await Promise.race([once(output, "data"), ended.then(() => expect.fail("the child ended before its first step"))]);
  output.resume();
  return { child, ended };
}

interface Outcome {
  readonly meta: CheckpointMeta;
  readonly state: Named<NDArray>;
  readonly metrics: string;
}

async function outcome(folder: string): Promise<Outcome> {
  const last = (await listCheckpoints(folder)).at(-1);
  if (!last) return expect.fail(`no checkpoint in ${folder}`);
  return {
    meta: last.meta,
    state: await readCheckpoint(last),
    metrics: comparableMetrics(await readFile(join(folder, "metrics.jsonl"), "utf8")),
  };
}

describe("a run that is killed", () => {
  let engine: Engine;
  beforeAll(async () => {
    engine = await onnxEngine({ threads: 1 });
  });
  afterAll(() => engine.dispose());

  it("ends bit-equal to one that never was, wherever it is killed", { timeout: 120_000 }, async () => {
    const root = await mkdtemp(join(tmpdir(), "gmem-kill-"));
    const script = await bundleChild("train-child");
    const whole = join(root, "whole");
    await mkdir(whole);
    const { ended } = await start(script, whole);
    const began = performance.now();
    await ended;
    const duration = performance.now() - began;
    const expected = await outcome(whole);
    expect(expected.meta.step).toBe(60);

    for (let i = 0; i < 3; i++) {
      const folder = join(root, `killed-${i}`);
      const victim = await start(script, folder);
      await new Promise((resolve) => setTimeout(resolve, randomInt(Math.ceil(duration))));
      victim.child.kill("SIGKILL");
      await victim.ended;
      const trainer = await train({
        engine,
        ...tinyRun({ steps: 60, checkpoint: { folder, every: 5 }, resume: true }),
      });
      for await (const _ of trainer);
      await trainer.close();
      expect(await outcome(folder)).toEqual(expected);
    }
  });
});
