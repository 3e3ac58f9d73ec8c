import { mkdtemp, readFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { trainingSet } from "@gmem/datasets";
import { onnxEngine } from "@gmem/engine-onnx";
import type { LatentTrainingSet } from "@gmem/spec";
import { type Engine, type Named, type NDArray, zeros } from "@gmem/tensor";
import "@gmem/testing";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { tinyData, tinyRun } from "../test/tiny-run.ts";
import {
  comparableMetrics,
  listCheckpoints,
  readCheckpoint,
  type TrainOptions,
  type TrainStep,
  train,
} from "./index.ts";

let engine: Engine;
beforeAll(async () => {
  engine = await onnxEngine({ threads: 1 });
});
afterAll(() => engine.dispose());

const newRun = (): Promise<string> => mkdtemp(join(tmpdir(), "gmem-train-"));

async function run(
  change: Partial<TrainOptions> = {},
): Promise<{ steps: TrainStep[]; model: Named<NDArray>; ema: Named<NDArray> }> {
  const trainer = await train({ engine, ...tinyRun(change) });
  const steps: TrainStep[] = [];
  for await (const step of trainer) steps.push(step);
  const result = { steps, model: await trainer.parameters("model"), ema: await trainer.parameters("ema") };
  await trainer.close();
  return result;
}

function closeTo(a: Named<NDArray>, b: Named<NDArray>, atol: number): void {
  expect(Object.keys(a)).toEqual(Object.keys(b));
  for (const [name, value] of Object.entries(a)) expect(value, name).toBeAllclose(b[name] as NDArray, { atol });
}

/** Latents that are NaN for the rows given. */
const poisoned = (set: LatentTrainingSet, isBad: (row: number) => boolean): LatentTrainingSet => ({
  ...set,
  async batch(index) {
    const batch = await set.batch(index);
    const size = batch.latents.data.length / index.length;
    index.forEach((row, i) => {
      if (isBad(row)) batch.latents.data.fill(Number.NaN, i * size, (i + 1) * size);
    });
    return batch;
  },
});

describe("training", () => {
  it("starts at the loss of a network that answers 0, and learns", async () => {
    const { steps } = await run({ steps: 60 });
    expect(steps.map(({ step }) => step)).toEqual(Array.from({ length: 60 }, (_, i) => i + 1));
    expect(steps[0]?.loss).toBeGreaterThan(1);
    const late = steps.slice(-10).reduce((sum, { loss }) => sum + loss / 10, 0);
    expect(late).toBeLessThan(0.9 * (steps[0]?.loss as number));
    expect(steps[1]?.lr).toBeCloseTo(0.005, 12);
  });

  it("gives the same run for the same seed and another for another", async () => {
    const [a, b, c] = [await run(), await run(), await run({ seed: 1 })];
    expect(a.steps.map(({ loss }) => loss)).toEqual(b.steps.map(({ loss }) => loss));
    expect(a.ema).toEqual(b.ema);
    expect(a.steps.map(({ loss }) => loss)).not.toEqual(c.steps.map(({ loss }) => loss));
  });

  it("accumulates micro-batches to the full batch up to rounding", async () => {
    const [whole, split] = [await run({ steps: 5 }), await run({ steps: 5, accumulate: 2 })];
    closeTo(split.model, whole.model, 1e-4);
    split.steps.forEach(({ loss, parts, gradNorm }, i) => {
      expect(loss).toBeCloseTo(whole.steps[i]?.loss as number, 4);
      expect(parts.velocity).toBeCloseTo(loss, 4);
      expect(gradNorm).toBeCloseTo(whole.steps[i]?.gradNorm as number, 4);
    });
  });

  it("runs several steps in one call with the result of single ones", async () => {
    const [single, looped] = [await run(), await run({ stepsPerRun: 5 })];
    closeTo(looped.model, single.model, 1e-5);
    closeTo(looped.ema, single.ema, 1e-5);
    expect(looped.steps.map(({ loss }) => loss)).toBeAllclose(
      single.steps.map(({ loss }) => loss),
      { atol: 1e-5 },
    );
  });

  it("leaves frozen tables alone", async () => {
    const { model, ema } = await run({ steps: 3 });
    const table = tinyRun().model.init((await import("@gmem/tensor")).key(5)).pos_embed as NDArray;
    expect(model.pos_embed).toEqual(table);
    expect(ema.pos_embed).toEqual(table);
  });

  it("keeps the average out of the first steps' noise: after k steps it is the sum of its closed form", async () => {
    const averages: Named<NDArray>[] = [];
    const parameters: Named<NDArray>[] = [];
    const trainer = await train({ engine, ...tinyRun({ steps: 4, ema: { decay: 0.9, warmup: false } }) });
    parameters.push(await trainer.parameters("model"));
    for await (const _ of trainer) {
      parameters.push(await trainer.parameters("model"));
      averages.push(await trainer.parameters("ema"));
    }
    await trainer.close();
    // e_k = .9^k p_0 + Σ_j .1·.9^(k−j) p_j
    const name = "blocks.0.mlp.fc1.weight";
    const at = (k: number): Float32Array => (parameters[k] as Named<NDArray>)[name]?.data as Float32Array;
    const expected = at(0).map((p0, i) =>
      [1, 2, 3, 4].reduce((sum, j) => sum + 0.1 * 0.9 ** (4 - j) * (at(j)[i] as number), 0.9 ** 4 * p0),
    );
    expect(averages[3]?.[name]).toBeAllclose(
      { dtype: "f32", shape: averages[3]?.[name]?.shape ?? [], data: expected },
      { atol: 1e-6 },
    );
  });
});

describe("a step that is not finite", () => {
  it("changes nothing, is counted, and training goes on", async () => {
    const trainer = await train({
      engine,
      ...tinyRun({ data: poisoned(tinyData(24), (row) => row === 3), steps: 12 }),
    });
    let before = await trainer.state.read();
    let skips = 0;
    for await (const { skipped, loss } of trainer) {
      const now = await trainer.state.read();
      expect(Number.isFinite(loss)).toBe(!skipped);
      if (skipped) expect(now).toEqual(before);
      else expect(now["model/final_layer.linear.weight"]).not.toEqual(before["model/final_layer.linear.weight"]);
      skips += skipped ? 1 : 0;
      before = now;
    }
    await trainer.close();
    expect(skips).toBe(2); // once an epoch of six steps
  });

  it("stops the run after ten in a row, with the batch on disk", async () => {
    const folder = await newRun();
    const bad = poisoned(tinyData(24), () => true);
    const trainer = await train({ engine, ...tinyRun({ data: bad, checkpoint: { folder, every: 100 } }) });
    const steps: TrainStep[] = [];
    const error = await (async () => {
      for await (const step of trainer) steps.push(step);
    })().catch((thrown: unknown) => thrown);
    await trainer.close();
    expect(steps).toHaveLength(9);
    const dump = join(folder, "non-finite", "step-000010.safetensors");
    expect(error).toMatchObject({ code: "NON_FINITE", step: 10, dump });
    const { readSafetensors } = await import("@gmem/weights");
    expect((await readSafetensors(dump)).tensors.x0?.data[0]).toBeNaN();
  });
});

describe("a run folder", () => {
  it("resumes bit-equal after leaving early, with metrics that continue", async () => {
    const [whole, halved] = [await newRun(), await newRun()];
    await run({ checkpoint: { folder: whole, every: 5, keep: 9 } });
    const first = await train({ engine, ...tinyRun({ checkpoint: { folder: halved, every: 5, keep: 9 } }) });
    for await (const { step } of first) if (step === 13) break; // three steps past a checkpoint
    await first.close();
    await run({ resume: true, checkpoint: { folder: halved, every: 5, keep: 9 } });
    const read = (folder: string): Promise<string> => readFile(join(folder, "metrics.jsonl"), "utf8");
    expect(comparableMetrics(await read(halved))).toBe(comparableMetrics(await read(whole)));
    expect(comparableMetrics(await read(whole))).not.toContain("machine");
    const lines = (await read(whole)).trim().split("\n");
    expect(lines).toHaveLength(20);
    for (const line of lines) {
      const { machine } = JSON.parse(line) as { machine: Record<string, number> };
      expect(Object.keys(machine)).toEqual(["seconds", "imagesPerSecond", "memoryBytes"]);
      expect((machine.seconds as number) * (machine.imagesPerSecond as number)).toBeCloseTo(tinyRun().batchSize, 1);
      expect(machine.memoryBytes).toBeGreaterThan(1e7);
    }
    const [a, b] = [(await listCheckpoints(whole)).at(-1), (await listCheckpoints(halved)).at(-1)];
    expect(b?.meta).toEqual(a?.meta);
    expect(await readCheckpoint(b as NonNullable<typeof b>)).toEqual(await readCheckpoint(a as NonNullable<typeof a>));
  });

  it("keeps the best by what evaluate measures", async () => {
    const folder = await newRun();
    const evaluate = async ({ step }: { readonly step: number }): Promise<Named<number>> => ({
      heldOut: Math.abs(step - 10),
    });
    await run({ checkpoint: { folder, every: 5, keep: 1, best: { metric: "heldOut", goal: "min" }, evaluate } });
    expect((await listCheckpoints(folder)).map(({ meta }) => meta.step)).toEqual([10, 20]);
    expect(await readFile(join(folder, "metrics.jsonl"), "utf8")).toContain('"evaluation":{"heldOut":5}');
  });

  it("refuses a second run, other settings and other data, saying which", async () => {
    const folder = await newRun();
    const checkpoint = { folder, every: 5 };
    const trainer = await train({ engine, ...tinyRun({ steps: 5, checkpoint }) });
    await expect(train({ engine, ...tinyRun({ steps: 5, checkpoint }) })).rejects.toMatchObject({ code: "LOCKED" });
    for await (const _ of trainer);
    await trainer.close();
    const again = (change: Partial<TrainOptions>): Promise<unknown> =>
      train({ engine, ...tinyRun({ steps: 5, checkpoint, resume: true, ...change }) });
    await expect(again({ optimizer: { lr: 2e-2 } })).rejects.toMatchObject({
      code: "CONFIG",
      message: expect.stringContaining("optimizer.lr was 0.01 and is 0.02"),
    });
    await expect(again({ data: tinyData(25) })).rejects.toMatchObject({ code: "DATA" });
    await expect(again({ resume: false })).rejects.toMatchObject({ code: "CHECKPOINT" });
  });

  it("stops on its signal between two steps and can be saved there", async () => {
    const folder = await newRun();
    const stop = new AbortController();
    const trainer = await train({ engine, ...tinyRun({ checkpoint: { folder }, signal: stop.signal }) });
    const loop = (async () => {
      for await (const { step } of trainer) if (step === 3) stop.abort();
    })();
    await expect(loop).rejects.toMatchObject({ code: "ABORTED" });
    expect(await trainer.save()).toBe(join(folder, "checkpoints", "step-000003"));
    await trainer.close();
  });
});

describe("options that do not fit together", () => {
  it.each([
    [{ accumulate: 3 }, "CONFIG", /accumulate must divide batchSize 4/],
    [{ steps: 0 }, "CONFIG", /steps must be a whole number/],
    [{ stepsPerRun: 3 }, "CONFIG", /stepsPerRun must divide steps/],
    [{ data: trainingSet({ latents: zeros([0, 3, 4, 4]) }) }, "DATA", /must have examples/],
    [{ data: tinyData(8, 6) }, "DATA", /latents must be the network's/],
    [{ parameters: {} }, "WEIGHTS", /parameters must hold/],
  ] as const)("are refused: %o", async (change, code, message) => {
    await expect(train({ engine, ...tinyRun(change) })).rejects.toMatchObject({
      code,
      message: expect.stringMatching(message),
    });
  });
});
