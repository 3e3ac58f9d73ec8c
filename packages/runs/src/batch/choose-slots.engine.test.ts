import { onnxEngine } from "@gmem/engine-onnx";
import type { DeviceState, Engine } from "@gmem/tensor";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { untrainedModel } from "../../test/untrained-model.ts";
import { chooseSlots } from "./choose-slots.ts";

let engine: Engine;
let run: {
  readonly engine: Engine;
  readonly model: Awaited<ReturnType<typeof untrainedModel>>["model"];
  readonly state: DeviceState;
};

beforeAll(async () => {
  engine = await onnxEngine();
  const { model, parameters } = await untrainedModel("sit", "memory-bank");
  run = { engine, model, state: await engine.state(parameters) };
});
afterAll(() => engine.dispose());

describe("chooseSlots", () => {
  it("takes one that it measured, and the numbers say why", async () => {
    const { slots, trials } = await chooseSlots(run, { candidates: [1, 2, 4], repeats: 3, longest: 60_000 });
    expect(trials.map((trial) => trial.slots)).toEqual([1, 2, 4]);
    const best = Math.max(...trials.map(({ rows }) => rows));
    const chosen = trials.find((trial) => trial.slots === slots);
    expect(chosen?.rows).toBeGreaterThanOrEqual(0.95 * best);
    for (const { slots: n, step, rows } of trials) expect((rows * step) / 1000).toBeCloseTo(n);
  });

  it("takes the fewest where all are too slow, and does not try more than one of those", async () => {
    const { slots, trials } = await chooseSlots(run, { candidates: [2, 4], repeats: 1, longest: 0 });
    expect([slots, trials.length]).toEqual([2, 1]);
    await expect(chooseSlots(run, { candidates: [] })).rejects.toThrow(/needs candidates/);
  });
});
