import "@gmem/testing";
import { onnxEngine } from "@gmem/engine-onnx";
import { array, type Engine, type NDArray, referenceEngine } from "@gmem/tensor";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { tinyRun } from "../test/tiny-run.ts";
import { type Trainer, train } from "./index.ts";
import { lossScaling } from "./loss-scaling.ts";

let engine: Engine;
beforeAll(async () => {
  engine = await onnxEngine();
});
afterAll(() => engine.dispose());

async function stepsOf(trainer: Trainer) {
  const steps = [];
  for await (const step of trainer) steps.push(step);
  return steps;
}

describe("training with products in float16", () => {
  it.each([{}, { accumulate: 2 }, { stepsPerRun: 5 }])("goes as in float32, with %o", async (change) => {
    const [half, full] = await Promise.all([
      train({ ...tinyRun({ ...change, precision: "f16" }), engine }),
      train({ ...tinyRun(change), engine }),
    ]);
    const [own, wanted] = [await stepsOf(half), await stepsOf(full)];
    expect(own.map(({ lossScale }) => lossScale)).toEqual(own.map(() => 65_536));
    const losses = (steps: typeof own): NDArray => array(steps.map(({ loss }) => loss));
    expect(losses(own)).toBeAllclose(losses(wanted), { rtol: 0.01 });
    expect(losses(own).data).not.toEqual(losses(wanted).data); // they are rounded
    expect(array(own.map(({ gradNorm }) => gradNorm))).toBeAllclose(array(wanted.map(({ gradNorm }) => gradNorm)), {
      rtol: 0.05,
    });
    expect(Object.values(half.state.avals).every(({ dtype }) => dtype === "f32")).toBe(true);
    await Promise.all([half.close(), full.close()]);
  });

  it("skips a step that overflows, changes nothing but the scale, and goes on with half of it", async () => {
    const trainer = await train({ ...tinyRun({ precision: "f16", steps: 30 }), engine });
    await trainer.state.write({ [lossScaling.scale]: array([2 ** 34], []) });
    const before = (await trainer.parameters("model")) as Record<string, NDArray>;
    const steps: { skipped: boolean; lossScale?: number }[] = [];
    for await (const step of trainer) {
      steps.push(step);
      if (steps.length === 1) expect(await trainer.parameters("model")).toEqual(before);
    }
    expect(steps[0]).toMatchObject({ skipped: true, lossScale: 2 ** 34 });
    expect(steps[1]?.lossScale).toBe(2 ** 33);
    const last = steps.at(-1);
    expect(last?.skipped).toBe(false);
    for (const [i, { skipped, lossScale }] of steps.entries())
      expect(steps[i + 1]?.lossScale ?? lossScale).toBe(
        skipped && i + 1 < steps.length ? (lossScale as number) / 2 : lossScale,
      );
    await trainer.close();
  });

  it("doubles the scale after 2,000 steps without an overflow", async () => {
    const trainer = await train({ ...tinyRun({ precision: "f16", steps: 2 }), engine });
    await trainer.state.write({ [lossScaling.since]: array([1999], []) });
    const steps = await stepsOf(trainer);
    expect(steps.map(({ lossScale }) => lossScale)).toEqual([2 ** 16, 2 ** 17]);
    await trainer.close();
  });

  it("is refused by an engine without it, and for several engines", async () => {
    await expect(train({ ...tinyRun({ precision: "f16" }), engine: referenceEngine() })).rejects.toThrow(/f16 on/);
    const more = { accumulate: 2, engines: [engine] };
    await expect(train({ ...tinyRun({ precision: "f16", ...more }), engine })).rejects.toThrow(/for one engine/);
  });
});
