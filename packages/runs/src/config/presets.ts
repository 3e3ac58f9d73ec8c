import { paperPresets } from "./paper-presets.ts";
import type { Preset } from "./preset.ts";
import { adam, smallPixels } from "./preset-parts.ts";
import { openUniPresets, smallSanaPresets } from "./sana-presets.ts";
import { textPresets } from "./text-presets.ts";

const scenesTiny: Preset = {
  name: "scenes-tiny",
  ours: true,
  about: "Drawn scenes of 16×16 pixels in minutes on two cores: the demo",
  config: {
    ...smallPixels,
    name: "scenes-tiny",
    data: "scenes",
    steps: 2000,
    checkpointEvery: 500,
    sampleEvery: 500,
    image: { size: 16, layout: "centred", count: 5000 },
    backbone: { kind: "sit", patchSize: 4, depth: 6, hiddenSize: 128, heads: 4 },
    encoder: { kind: "patch-kmeans", clusters: 200, patchSize: 6, pooling: 2, dim: 256, whiten: 0 },
    conditioner: { kind: "memory-bank" },
    sampler: { solver: "heun", steps: 10, shift: 2 },
  },
};

const cifarNano: Preset = {
  name: "cifar-nano",
  ours: true,
  about: "Photographs of 32×32 pixels with an encoder learned from the same folder",
  config: {
    name: "cifar-nano",
    seed: 0,
    steps: 1500,
    batch: 32,
    checkpointEvery: 250,
    sampleEvery: 250,
    keep: 2,
    image: { size: 32 },
    tokenizer: { kind: "pixels" },
    encoder: { kind: "patch-kmeans", clusters: 200, patchSize: 6, pooling: 3, dim: 256, whiten: 0.01 },
    conditioner: { kind: "memory-bank" },
    bank: { rank: null },
    backbone: { kind: "sit", patchSize: 4, depth: 6, hiddenSize: 128, heads: 4 },
    adapter: { kind: "linear", gain: 4 },
    objective: {
      loss: "velocity",
      interpolant: "linear",
      mask: { kind: "zero", p: 0.1 },
      time: { law: "uniform", shift: 1 },
    },
    optimizer: adam(2e-3, 0.95),
    schedule: { kind: "constant", warmup: 20, floor: 1, steps: null },
    ema: { decay: 0.999, warmup: true },
    sampler: { solver: "heun", steps: 20, shift: 1 },
  },
};

/**
 * Every preset by name: those of the paper, and small ones of ours.
 * @example
 * presets["scenes-tiny"]?.config.steps; // 2000
 */
export const presets: Readonly<Record<string, Preset>> = Object.fromEntries(
  [scenesTiny, cifarNano, ...textPresets, ...smallSanaPresets, ...paperPresets, ...openUniPresets].map((preset) => [
    preset.name,
    preset,
  ]),
);
