import { trainingSet } from "@gmem/datasets";
import { onnxEngine } from "@gmem/engine-onnx";
import { array, constant, f32, key, mean, type NDArray, square, type Tensor } from "@gmem/tensor";
import { expect, it } from "vitest";
import type { Learner } from "./learner.ts";
import { trainLearner } from "./train.ts";

/** y = w·x for x [N,1,1,2]; w starts at 0. */
const line: Learner = {
  latent: [1, 1, 2],
  identity: {},
  init: () => ({ w: array([0, 0], [1, 1, 1, 2]), still: array([1], [1]) }),
  avals: () => ({ w: f32(1, 1, 1, 2), still: f32(1) }),
  frozen: ["still"],
  feeds: (n) => ({ x: f32(n, 1, 1, 2) }),
  draw: async ({ latents }) => ({ x: latents as NDArray }),
  loss(p, { x }) {
    const error = mean(square((x as Tensor).mul(constant(slopes)).sub((x as Tensor).mul(p.w as Tensor))));
    return { loss: error, parts: { error } };
  },
};
const slopes = array([3, -1], [1, 1, 1, 2]);

it("trains whatever has parameters and a loss, and leaves alone what is frozen", async () => {
  const engine = await onnxEngine();
  const data = trainingSet({ latents: key(0).normal([32, 1, 1, 2]) });
  const trainer = await trainLearner({ engine, learner: line, data, steps: 100, batchSize: 8, optimizer: { lr: 0.1 } });
  for await (const { parts, loss } of trainer) expect(parts.error).toBe(loss);
  const { w, still } = await trainer.parameters("model");
  expect(Math.abs((w?.data[0] as number) - 3)).toBeLessThan(0.05);
  expect(Math.abs((w?.data[1] as number) + 1)).toBeLessThan(0.05);
  expect(still).toEqual(array([1], [1]));
  await trainer.close();
  await engine.dispose();
});
