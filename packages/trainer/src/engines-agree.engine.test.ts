import "@gmem/testing";
import { createRequire } from "node:module";
import { dirname } from "node:path";
import { dit } from "@gmem/backbones/dit";
import { lightningDit } from "@gmem/backbones/lightning-dit";
import { sit } from "@gmem/backbones/sit";
import { trainingSet } from "@gmem/datasets";
import { onnxEngine } from "@gmem/engine-onnx";
import { tfjsEngine } from "@gmem/engine-tfjs";
import { logitNormalTime, objective, snippetMask, velocityModel } from "@gmem/model";
import { ddpm, ddpmObjective } from "@gmem/samplers";
import type { Backbone, Objective, Params, TrainingSet, VelocityModel } from "@gmem/spec";
import { array, type Engine, key, mapNamed, type NDArray } from "@gmem/tensor";
import * as tf from "@tensorflow/tfjs-core";
import "@tensorflow/tfjs-backend-cpu";
import { setWasmPaths } from "@tensorflow/tfjs-backend-wasm";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { snippets } from "../test/tiny-run.ts";
import { train } from "./index.ts";

const steps = 20;
const close = { atol: 1e-4, rtol: 0 };
const latent = [4, 4, 4] as const;
const size = { latent, patchSize: 2, depth: 2, hiddenSize: 16, heads: 2 } as const;
const targetWidth = 12;
const rows = { latents: key(1).normal([24, ...latent]), snippets: key(2).normal([24, 8]) };
const targets = key(3).normal([24, 4, targetWidth]); // 4 tokens of 2 × 2
const data = trainingSet({ ...rows, targets: [targets] });

interface Run {
  readonly backbone: Backbone;
  readonly objective: Objective;
  readonly projectors?: readonly { readonly width: number; readonly hidden: number }[];
  readonly data?: TrainingSet;
}

const projectors = [{ width: targetWidth, hidden: 24 }];
const mask = snippetMask({ p: 0.2 });
const diffusion = dit(size); // with its variance
const runs: Readonly<Record<string, Run>> = {
  "SiT, velocity": { backbone: sit(size), objective: objective({ mask, nullProbability: 0.3 }) },
  "SiT, velocity and REPA": {
    backbone: sit({ ...size, tapAfter: 1 }),
    objective: objective({ mask, repa: 0.5 }),
    projectors,
  },
  "SiT, velocity and REPA with two encoders": {
    backbone: sit({ ...size, tapAfter: 2 }),
    objective: objective({ mask, repa: 0.5 }),
    projectors: [...projectors, { width: 6, hidden: 24 }],
    data: trainingSet({ ...rows, targets: [targets, key(6).normal([24, 4, 6])] }),
  },
  "LightningDiT, velocity and cosine": {
    backbone: lightningDit({ ...size, qkNorm: true }),
    objective: objective({ cosine: 1, time: logitNormalTime() }),
  },
  "LightningDiT, velocity, cosine and REPA": {
    backbone: lightningDit({ ...size, tapAfter: 2, recompute: true }),
    objective: objective({ mask, cosine: 1, repa: 0.5 }),
    projectors,
  },
  "DiT, noise and variance at the steps of DDPM": {
    backbone: diffusion,
    objective: ddpmObjective(objective({ mask }), { process: ddpm(), denoise: diffusion.atStep }),
  },
};

/** Parameters without zeros, so that every block passes gradients on from the first step. */
function start(model: VelocityModel): Params<NDArray> {
  const moved = (name: string, { shape, data }: NDArray): NDArray => {
    const change = key(5).split(name).normal(shape).data;
    return array(
      data.map((x, i) => x + 0.05 * (change[i] as number)),
      shape,
    );
  };
  return mapNamed(model.init(key(4)), (x, name) => (model.frozen.includes(name) ? x : moved(name, x)));
}

const farthest = (a: NDArray, b: NDArray): number =>
  (a.data as Float32Array).reduce((most, x, i) => Math.max(most, Math.abs(x - (b.data[i] as number))), 0);

/** Losses, where trained parameters began, and the whole state at the end: parameters, their average, both moments. */
async function trained(engine: Engine, { objective, data: own = data, ...parts }: Run) {
  const model = velocityModel({ ...parts, conditioner: snippets(8), adapter: { kind: "linear", gain: 4 } });
  const parameters = start(model);
  const trainer = await train({
    engine,
    model,
    objective,
    data: own,
    steps,
    batchSize: 6,
    seed: 7,
    parameters,
    // gradients of the keys' biases are zero but for rounding: a larger ε keeps Adam from making whole steps of that
    optimizer: { lr: 1e-3, weightDecay: 0.01, epsilon: 1e-5 },
    ema: { decay: 0.9, warmup: true },
  });
  const losses: number[] = [];
  for await (const { loss, skipped } of trainer) {
    expect(skipped).toBe(false);
    losses.push(loss);
  }
  const state = await trainer.state.read();
  await trainer.close();
  const begin = Object.fromEntries(Object.entries(parameters).filter(([name]) => !model.frozen.includes(name)));
  return { losses, begin, state };
}

describe("a run on onnxruntime and on TensorFlow.js", () => {
  let engines: readonly Engine[] = [];
  beforeAll(async () => {
    setWasmPaths(`${dirname(createRequire(import.meta.url).resolve("@tensorflow/tfjs-backend-wasm"))}/`);
    await tf.setBackend("wasm");
    engines = [await onnxEngine(), await tfjsEngine({ tf })];
  });
  afterAll(() => Promise.all(engines.map((engine) => engine.dispose())));

  it.each(Object.keys(runs))("%s: gives the same losses and parameters over 20 steps", async (name) => {
    const [onnx, tfjs] = await Promise.all(engines.map((engine) => trained(engine, runs[name] as Run)));
    expect(onnx?.losses).toHaveLength(steps);
    expect(tfjs?.losses as number[]).toBeAllclose(onnx?.losses as number[], close);
    for (const [entry, value] of Object.entries(onnx?.state ?? {}))
      expect(tfjs?.state[entry] as NDArray, entry).toBeAllclose(value, close);
    // every parameter has gone far beyond the tolerance
    for (const [entry, value] of Object.entries(onnx?.begin ?? {}))
      expect(farthest(onnx?.state[`model/${entry}`] as NDArray, value), entry).toBeGreaterThan(50 * close.atol);
  });
});
