import "@gmem/testing";
import { onnxEngine } from "@gmem/engine-onnx";
import type { Engine, NDArray } from "@gmem/tensor";
import { expect, it } from "vitest";
import { tinyRun } from "../test/tiny-run.ts";
import { train } from "./index.ts";

const reason = await onnxEngine({ device: "webgpu" }).then(
  (engine) => engine.dispose(),
  (error: Error) => error.message,
);

/** Losses of 20 steps, so many to a call of the engine, and the state that they leave. */
async function trained(engine: Engine, stepsPerRun: number) {
  // gradients of the keys' biases are zero but for rounding: a larger ε keeps Adam from making whole steps of that
  const optimizer = { lr: 1e-3, epsilon: 1e-5 };
  const trainer = await train({ ...tinyRun({ stepsPerRun, optimizer }), engine });
  const losses: number[] = [];
  for await (const { loss } of trainer) losses.push(loss);
  const state = await trainer.state.read();
  await trainer.close();
  return { losses, state };
}

if (reason !== undefined) it.skip(`train on WebGPU (skipped: ${reason})`, () => {});
else
  it("train: 20 steps on WebGPU, one and five to a call, are those of the CPU", async () => {
    const [cpu, gpu] = [await onnxEngine(), await onnxEngine({ device: "webgpu" })];
    const expected = await trained(cpu, 1);
    for (const stepsPerRun of [1, 5]) {
      const { losses, state } = await trained(gpu, stepsPerRun);
      expect(losses).toBeAllclose(expected.losses, { atol: 1e-4, rtol: 0 });
      for (const [name, value] of Object.entries(expected.state))
        expect(state[name] as NDArray, name).toBeAllclose(value, { atol: 1e-4, rtol: 0 });
    }
    await Promise.all([cpu.dispose(), gpu.dispose()]);
  }, 300_000);
