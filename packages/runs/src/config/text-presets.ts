import type { Preset, PresetConfig } from "./preset.ts";
import { adam } from "./preset-parts.ts";

/** A small network on 16×16 pixels and how short runs learn. */
const small: Omit<PresetConfig, "name" | "steps"> = {
  seed: 0,
  batch: 16,
  keep: 2,
  image: { size: 16 },
  tokenizer: { kind: "pixels" },
  bank: { rank: null },
  backbone: { kind: "sit", patchSize: 2, depth: 6, hiddenSize: 128, heads: 4 },
  adapter: { kind: "linear", gain: 8 },
  objective: {
    loss: "velocity",
    interpolant: "linear",
    mask: { kind: "zero", p: 0.1 },
    time: { law: "uniform", shift: 2 },
  },
  optimizer: adam(3e-3, 0.95),
  schedule: { kind: "cosine", warmup: 20, floor: 0.05, steps: null },
  ema: { decay: 0.999, warmup: true },
  sampler: { solver: "heun", steps: 12, shift: 2 },
};

const scenesText: Preset = {
  name: "scenes-text",
  ours: true,
  about: "Drawn scenes as sentences say them: the run of scenes-tiny with image.layout=free, its bank swapped for text",
  config: {
    ...small,
    name: "scenes-text",
    data: "scenes",
    steps: 1500,
    checkpointEvery: 250,
    sampleEvery: 250,
    image: { size: 16, layout: "free", count: 5000, combinations: "seen" },
    conditioner: { kind: "t2s", loss: "end-to-end" },
    textEncoder: { kind: "hashed-words", dim: 512 },
    optimizer: adam(1e-3, 0.95),
    start: { preset: "scenes-tiny", steps: 1500, conditioner: "memory-bank" },
  },
};

const drawings: Preset = {
  name: "drawings",
  ours: true,
  about: "Emoji from npm packages, drawn at 16×16 pixels from their snippets: stage 1 of text to image",
  config: {
    ...small,
    name: "drawings",
    data: "drawings",
    steps: 2200,
    checkpointEvery: 550,
    sampleEvery: 550,
    encoder: { kind: "patch-kmeans", clusters: 200, patchSize: 6, pooling: 3, dim: 256, whiten: 0.01 },
    conditioner: { kind: "memory-bank" },
  },
};

const drawingsText: Preset = {
  name: "drawings-text",
  ours: true,
  about: "Text to the snippets of a run of drawings, whose network stays as it is: stage 2",
  config: {
    ...small,
    name: "drawings-text",
    data: "drawings",
    steps: 4500,
    batch: 64,
    checkpointEvery: 1500,
    sampleEvery: 1500,
    conditioner: { kind: "t2s", loss: "snippet-regression" },
    textEncoder: { kind: "concat" },
    train: { only: "t2s" },
    optimizer: adam(1e-3, 0.95),
    start: { preset: "drawings", steps: 2200, conditioner: "memory-bank" },
  },
};

/** Small presets for text to image. */
export const textPresets: readonly Preset[] = [scenesText, drawings, drawingsText];
