import { sit } from "@gmem/backbones/sit";
import { trainingSet } from "@gmem/datasets";
import { objective, snippetMask, velocityModel } from "@gmem/model";
import type { Conditioner, LatentTrainingSet, VelocityModel } from "@gmem/spec";
import { f32, GMemError, key, type NDArray, type Tensor } from "@gmem/tensor";
import type { TrainOptions } from "../src/index.ts";

/** Hands over the snippets of the batch; nothing is looked up. */
export const snippets = (dim: number): Conditioner<never> => ({
  name: "snippets",
  snippetDim: dim,
  output: "snippet",
  feeds: (n) => ({ snippet: f32(n, dim) }),
  init: () => ({}),
  parse: () => {
    throw new GMemError("INVALID_REQUEST", "snippets: takes no requests");
  },
  resolve: async () => ({}),
  batch: async (batch) => ({ snippet: batch.snippets as NDArray }),
  snippet: (_, feeds) => feeds.snippet as Tensor,
});

/** A SiT of a few thousand parameters, conditioned on snippets of 8 numbers. */
const tinyModel = (): VelocityModel =>
  velocityModel({
    backbone: sit({ latent: [3, 4, 4], patchSize: 2, depth: 1, hiddenSize: 16, heads: 2 }),
    conditioner: snippets(8),
    adapter: { kind: "linear", gain: 4 },
  });

/** Smooth random images with unit snippets. */
export function tinyData(length: number, side = 4): LatentTrainingSet {
  const coarse = key(7).split("data").normal([length, 3, 2, 2]).data;
  const latents = new Float32Array(length * 3 * side * side);
  for (let i = 0; i < latents.length; i++) {
    const [plane, y, x] = [Math.floor(i / (side * side)), Math.floor(i / side) % side, i % side];
    latents[i] = coarse[plane * 4 + Math.floor((2 * y) / side) * 2 + Math.floor((2 * x) / side)] as number;
  }
  const rows = key(7).split("snippets").normal([length, 8]);
  for (let i = 0; i < length; i++) {
    const row = rows.data.subarray(i * 8, i * 8 + 8);
    const norm = Math.hypot(...row);
    row.forEach((value, j) => {
      row[j] = value / norm;
    });
  }
  return trainingSet({ latents: { dtype: "f32", shape: [length, 3, side, side], data: latents }, snippets: rows });
}

/** Everything but the engine. */
export const tinyRun = (change: Partial<TrainOptions> = {}): Omit<TrainOptions, "engine"> => ({
  model: tinyModel(),
  objective: objective({ mask: snippetMask({ p: 0.1 }) }),
  data: tinyData(24),
  steps: 20,
  batchSize: 4,
  optimizer: { lr: 1e-2 },
  ema: { decay: 0.99, warmup: true },
  schedule: { kind: "cosine", warmup: 4, floor: 0.1 },
  ...change,
});

/** Everything but the store. */
export const tinyRounds = { workers: 3, innerSteps: 10, patience: 0.5 } as const;
