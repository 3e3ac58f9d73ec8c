import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, readFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { onnxEngine } from "@gmem/engine-onnx";
import { directoryStore } from "@gmem/jobs";
import type { Store } from "@gmem/spec";
import type { Engine, Named, NDArray } from "@gmem/tensor";
import "@gmem/testing";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { bundleChild } from "../../test/bundle-child.ts";
import { tinyData, tinyRounds, tinyRun } from "../../test/tiny-run.ts";
import {
  comparableMetrics,
  type RoundsOptions,
  type TrainOptions,
  type TrainStep,
  train,
  trainRounds,
} from "../index.ts";

let engines: [Engine, Engine];
beforeAll(async () => {
  engines = [await onnxEngine({ threads: 1 }), await onnxEngine({ threads: 1 })];
});
afterAll(() => Promise.all(engines.map((engine) => engine.dispose())));

const newFolder = (): string => mkdtempSync(join(tmpdir(), "gmem-rounds-"));
const newStore = (): Store => directoryStore(newFolder());

interface Ended {
  readonly steps: Pick<TrainStep, "step" | "loss" | "parts" | "gradNorm" | "lr">[];
  readonly model: Named<NDArray>;
  readonly ema: Named<NDArray>;
}

async function ended(change: Partial<RoundsOptions> = {}, options: Partial<TrainOptions> = {}, at = 0): Promise<Ended> {
  const trainer = await trainRounds(
    { engine: engines[at] as Engine, ...tinyRun({ steps: 40, ...options }) },
    { ...tinyRounds, store: newStore(), ...change },
  );
  try {
    const steps: Ended["steps"][number][] = [];
    for await (const { step, loss, parts, gradNorm, lr } of trainer) steps.push({ step, loss, parts, gradNorm, lr });
    const result = { model: await trainer.parameters("model"), ema: await trainer.parameters("ema") };
    const device = await trainer.state.read();
    for (const [name, value] of Object.entries(result.ema)) expect(device[`ema/${name}`]).toEqual(value);
    return { steps, ...result };
  } finally {
    await trainer.close();
  }
}

let expected: Ended;
beforeAll(async () => {
  expected = await ended();
});

describe("rounds", () => {
  it("give one record each, learn, and are not what one worker makes", async () => {
    expect(expected.steps.map(({ step }) => step)).toEqual([10, 20, 30, 40]);
    const [first, last] = [expected.steps[0], expected.steps[3]];
    expect(last?.loss).toBeLessThan(0.9 * (first?.loss as number));
    expect(last?.parts.velocity).toBeCloseTo(last?.loss as number, 5);
    const one = await ended({ workers: 1 });
    expect(one.model).not.toEqual(expected.model);
  });

  it("have the same bits again, with two engines, and by two who share a store", async () => {
    const told: number[] = [];
    const onProgress = ({ done }: { done: number }) => told.push(done);
    expect(await ended({ engines: [engines[1]], onProgress })).toEqual(expected);
    expect(told.every(Number.isInteger)).toBe(true);
    expect(new Set(told).size).toBeGreaterThan(30); // of 40 steps
    expect(Math.max(...told)).toBe(40);
    const store = newStore();
    const both = await Promise.all([0, 1].map((at) => ended({ store }, {}, at)));
    for (const { model, ema, steps } of both) {
      expect({ model, ema }).toEqual({ model: expected.model, ema: expected.ema });
      expect(steps.at(-1)).toEqual(expected.steps[3]);
    }
  });

  it("of one part, with a rate of 1 and no momentum, are a plain run up to rounding", async () => {
    const rounds = await ended({ workers: 1, outer: { lr: 1, momentum: 0 } });
    const trainer = await train({ engine: engines[0], ...tinyRun({ steps: 40 }) });
    const losses: number[] = [];
    for await (const { loss } of trainer) losses.push(loss);
    for (const which of ["model", "ema"] as const)
      for (const [name, value] of Object.entries(await trainer.parameters(which)))
        expect(rounds[which][name], name).toBeAllclose(value, { atol: 1e-4 });
    await trainer.close();
    const means = [0, 10, 20, 30].map((from) => losses.slice(from, from + 10).reduce((sum, x) => sum + x / 10, 0));
    rounds.steps.forEach(({ loss }, i) => {
      expect(loss).toBeCloseTo(means[i] as number, 4);
    });
  });

  it("go on with the same bits where all were stopped in the middle of a round", async () => {
    const [folder, whole, store] = [newFolder(), newFolder(), newStore()];
    const stop = new AbortController();
    const at = (folder: string) => ({ checkpoint: { folder, every: 10 }, resume: true });
    let told = 0;
    const onProgress = (): void => {
      told++;
      if (told === 45) stop.abort(); // of 30 steps a round
    };
    await expect(ended({ store, onProgress }, { ...at(folder), signal: stop.signal })).rejects.toMatchObject({
      code: "ABORTED",
    });
    const { model, ema, steps } = await ended({ store }, at(folder));
    expect({ model, ema }).toEqual({ model: expected.model, ema: expected.ema });
    expect(steps.map(({ step }) => step)).toEqual([20, 30, 40]);
    await ended({}, at(whole));
    const metrics = (of: string) => comparableMetrics(readFileSync(join(of, "metrics.jsonl"), "utf8"));
    expect(metrics(folder)).toBe(metrics(whole));
    expect((await ended({ store }, at(folder))).ema).toEqual(ema); // finished already: nothing is made
  });

  it("go on with the same bits without one who is killed in the middle of a part", { timeout: 60_000 }, async () => {
    const folder = newFolder();
    const child = spawn(process.execPath, [await bundleChild("rounds-child"), folder], {
      stdio: ["ignore", "pipe", "inherit"],
    });
    const gone = once(child, "exit");
    let steps = 0;
    for await (const text of child.stdout) {
      steps += String(text).split("step").length - 1;
      if (steps > 14) child.kill("SIGKILL"); // in the second part of the first round
    }
    await gone;
    expect(child.signalCode).toBe("SIGKILL");
    const store = directoryStore(folder);
    const parts: string[] = [];
    for await (const key of store.list("rounds/000000/parts/")) if (key.endsWith(".json")) parts.push(key);
    expect(parts.length).toBeGreaterThan(0);
    const { model, ema } = await ended({ store });
    expect({ model, ema }).toEqual({ model: expected.model, ema: expected.ema });
  });
});

describe("rounds are refused", () => {
  it.each([
    [{ innerSteps: 7 }, {}, /innerSteps must divide steps 40, got 7/],
    [{ innerSteps: 20 }, { checkpoint: { folder: "none", every: 10 } }, /innerSteps must divide checkpoint\.every 10/],
    [{ workers: 0 }, {}, /workers must be a whole number/],
    [{ outer: { lr: 0 } }, {}, /outer\.lr must be above 0/],
    [{ outer: { momentum: 1 } }, {}, /outer\.momentum must be from 0 to below 1/],
    [{}, { stepsPerRun: 2 }, /stepsPerRun must be 1/],
  ] as const)("for %o and %o", async (rounds, options, message) => {
    await expect(ended(rounds, options)).rejects.toMatchObject({
      code: "CONFIG",
      message: expect.stringMatching(message),
    });
  });

  it("where the store is of other settings or other data", async () => {
    const store = newStore();
    await ended({ store }, { steps: 10, schedule: { steps: 40 } });
    const again = (rounds: Partial<RoundsOptions>, options: Partial<TrainOptions>) =>
      ended({ store, ...rounds }, { steps: 10, schedule: { steps: 40 }, ...options });
    await expect(again({}, { batchSize: 2 })).rejects.toThrow(/must have its settings, .*batchSize was 4 and is 2/);
    await expect(again({ workers: 2 }, {})).rejects.toThrow(/rounds\.workers was 3 and is 2/);
    await expect(again({}, { data: tinyData(23) })).rejects.toMatchObject({ code: "DATA" });
  });

  it("where the folder has steps that the store does not know", async () => {
    const checkpoint = { folder: newFolder(), every: 10 };
    await ended({}, { steps: 10, schedule: { steps: 40 }, checkpoint });
    const lost = ended({}, { steps: 20, schedule: { steps: 40 }, checkpoint, resume: true });
    await expect(lost).rejects.toMatchObject({ code: "CHECKPOINT", message: expect.stringMatching(/up to step 10/) });
  });
});
