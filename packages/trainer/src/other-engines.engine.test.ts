import "@gmem/testing";
import { createRequire } from "node:module";
import { join } from "node:path";
import { onnxEngine } from "@gmem/engine-onnx";
import { tfjsEngine } from "@gmem/engine-tfjs";
import { type Engine, GMemError, type NDArray } from "@gmem/tensor";
import { afterAll, describe, expect, it } from "vitest";
import { tinyRun } from "../test/tiny-run.ts";
import { train } from "./index.ts";

/** Engines that most machines lack. */
const engines: Readonly<Record<string, () => Promise<Engine>>> = {
  WebGPU: () => onnxEngine({ device: "webgpu" }),
  "tfjs-node": async () => {
    const folder = process.env.GMEM_TFJS_NODE;
    if (folder === undefined)
      throw new GMemError("BACKEND_UNAVAILABLE", "node scripts/tfjs-node.mjs FOLDER builds one and runs this");
    return tfjsEngine({ tf: createRequire(join(folder, "package.json"))("@tensorflow/tfjs-node") });
  },
};

// gradients of the keys' biases are zero but for rounding: a larger ε keeps Adam from making whole steps of that
const optimizer = { lr: 1e-3, epsilon: 1e-5 };

/** Losses of 20 steps, so many to a call of the engine, and the state that they leave. */
async function trained(engine: Engine, stepsPerRun: number) {
  const trainer = await train({ ...tinyRun({ stepsPerRun, optimizer }), engine });
  const losses: number[] = [];
  for await (const { loss } of trainer) losses.push(loss);
  const state = await trainer.state.read();
  await trainer.close();
  return { losses, state };
}

describe("train", async () => {
  for (const [name, open] of Object.entries(engines)) {
    const found = await open().catch((error: Error) => error.message);
    if (typeof found === "string") {
      it.skip(`on ${name} (skipped: ${found})`, () => {});
      continue;
    }
    it(`20 steps on ${name}, one and five to a call, are those of the CPU`, async () => {
      const cpu = await onnxEngine();
      const expected = await trained(cpu, 1);
      for (const stepsPerRun of [1, 5]) {
        const { losses, state } = await trained(found, stepsPerRun);
        expect(losses).toBeAllclose(expected.losses, { atol: 1e-4, rtol: 0 });
        for (const [entry, value] of Object.entries(expected.state))
          expect(state[entry] as NDArray, entry).toBeAllclose(value, { atol: 1e-4, rtol: 0 });
      }
      await cpu.dispose();
    }, 300_000);
    it(`in half precision ${name} trains, or says that it cannot before it begins`, async () => {
      const half = { ...tinyRun({ precision: "f16", optimizer }), engine: found };
      const trainer = await train(half).catch((error: Error) => error);
      if (trainer instanceof Error) {
        expect(trainer.message).toMatch(/f16/);
        return;
      }
      const cpu = await onnxEngine();
      const { losses } = await trained(cpu, 1);
      let step = 0;
      for await (const { loss } of trainer) expect(Math.abs(loss / (losses[step++] as number) - 1)).toBeLessThan(0.05);
      await Promise.all([trainer.close(), cpu.dispose()]);
    }, 300_000);
    afterAll(() => found.dispose());
  }
});
