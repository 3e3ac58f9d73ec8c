import { linearInterpolant, objective, snippetMask, velocityModel } from "@gmem/model";
import type { Backbone, Conditioner, TrainingSet } from "@gmem/spec";
import { array, f32, key, type NDArray, referenceEngine, type Tensor, takeRows } from "@gmem/tensor";
import { describe, expect, it } from "vitest";
import { heldOutLoss } from "./held-out-loss.ts";

const engine = referenceEngine();
const latents = key(1).normal([6, 1, 2, 2]);
const set: TrainingSet = {
  length: 6,
  latent: [1, 2, 2],
  batch: async (index) => ({ index, latents: takeRows(latents, index) }),
};

/** v(x, t, c) = gain·x + c: its loss can be written down. */
const backbone: Backbone = {
  name: "scaled",
  latent: [1, 2, 2],
  hiddenSize: 1,
  config: {},
  frozen: [],
  init: () => ({ gain: array([0.5]) }),
  apply: (p, x, _, c) => ({ output: x.mul(p.gain as Tensor).add(c.reshape([-1, 1, 1, 1])) }),
};
/** Adds 100 wherever its coin, which shows one side in a thousand, falls. */
const conditioner: Conditioner<undefined> = {
  name: "coin",
  snippetDim: 1,
  output: "embedding",
  feeds: (n) => ({ coin: f32(n, 1) }),
  init: () => ({}),
  parse: () => undefined,
  resolve: async (noise) => ({ coin: array(new Float32Array(noise.shape[0] ?? 0), [noise.shape[0] ?? 0, 1]) }),
  batch: async ({ index }, rng) => ({
    coin: array(
      rng
        .split("drop")
        .uniform([index.length])
        .data.map((u) => (u < 0.999 ? 100 : 0)),
      [index.length, 1],
    ),
  }),
  snippet: (_, { coin }) => coin as Tensor,
};
const model = velocityModel({ backbone, conditioner });
const parameters = model.init(key(0));

describe("heldOutLoss", () => {
  it("is the velocity error on one time of each part of [0, 1], by the definition", async () => {
    const { all, noisy, byTime, rows } = await heldOutLoss({
      engine,
      model,
      parameters,
      set,
      times: 4,
      seed: 5,
      batchSize: 7,
    });
    const losses = Array.from({ length: 6 }, (_, row) =>
      Array.from({ length: 4 }, (_, k) => {
        const own = key(5).split(row).split(k);
        const eps = own.split("noise").normal([4]).data;
        const t = (k + (own.split("time").uniform([1]).data[0] as number)) / 4;
        return latents.data.subarray(4 * row, 4 * row + 4).reduce((sum, x0, i) => {
          const e = eps[i] as number;
          return sum + (0.5 * ((1 - t) * x0 + t * e) - (e - x0)) ** 2 / 4;
        }, 0);
      }),
    );
    const mean = (values: readonly number[]): number => values.reduce((a, b) => a + b, 0) / values.length;
    expect(linearInterpolant.name).toBe("linear");
    expect(all.mean).toBeCloseTo(mean(losses.flat()), 5);
    expect(noisy.mean).toBeCloseTo(mean(losses.flatMap((row) => row.slice(2))), 5);
    byTime.forEach((value, k) => void expect(value).toBeCloseTo(mean(losses.map((row) => row[k] as number)), 5));
    const means = losses.map(mean);
    const error = Math.sqrt(means.reduce((sum, m) => sum + (m - mean(means)) ** 2, 0) / 5 / 6);
    expect(all.standardError).toBeCloseTo(error, 5);
    expect(rows).toBe(6);
  });
  it("does not depend on the batch size, nor on whether parameters are on the host or the device", async () => {
    const state = await engine.state(
      Object.fromEntries(Object.entries(parameters).map(([name, value]) => [`ema/${name}`, value as NDArray])),
    );
    const one = await heldOutLoss({ engine, model, parameters, set, times: 2, batchSize: 12 });
    const other = await heldOutLoss({ engine, model, parameters: state.scope("ema/"), set, times: 2, batchSize: 5 });
    expect(other.all.mean).toBeCloseTo(one.all.mean, 6);
    expect((await state.read())["ema/gain"]?.data[0]).toBe(0.5); // still there
  });
  it("refuses objectives that mask and counts that are not positive", async () => {
    const masked = objective({ mask: snippetMask() });
    await expect(heldOutLoss({ engine, model, parameters, set, objective: masked })).rejects.toMatchObject({
      code: "CONFIG",
    });
    await expect(heldOutLoss({ engine, model, parameters, set, times: 0 })).rejects.toThrow("times");
  });
});
