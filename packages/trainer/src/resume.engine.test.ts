import { type ChildProcess, spawn } from "node:child_process";
import { randomInt } from "node:crypto";
import { once } from "node:events";
import { mkdir, mkdtemp, readFile, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { onnxEngine } from "@gmem/engine-onnx";
import type { Engine, Named, NDArray } from "@gmem/tensor";
import { build } from "esbuild";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { tinyRun } from "../test/tiny-run.ts";
import { type CheckpointMeta, comparableMetrics, listCheckpoints, readCheckpoint, train } from "./index.ts";

const near = (path: string): string => fileURLToPath(new URL(path, import.meta.url));

/** Node runs no TypeScript: the child becomes one file, with the engine's worker and its packages beside it. */
async function bundleChild(): Promise<string> {
  const root = await mkdtemp(join(tmpdir(), "gmem-child-"));
  const engine = near("../../engine-onnx");
  await build({
    entryPoints: { child: near("../test/train-child.ts"), worker: join(engine, "src/worker.js") },
    outdir: join(root, "dist"),
    bundle: true,
    format: "esm",
    platform: "node",
    target: "node20",
    logLevel: "warning",
    outExtension: { ".js": ".js" },
    conditions: ["@gmem/source"],
    external: ["onnxruntime-node"],
  });
  await writeFile(join(root, "package.json"), '{ "type": "module", "version": "0.0.0" }');
  await symlink(join(engine, "node_modules"), join(root, "node_modules"));
  return join(root, "dist", "child.js");
}

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
    const script = await bundleChild();
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
