import type { Preset } from "./preset.ts";
import { adam, smallPixels } from "./preset-parts.ts";

const scenesText: Preset = {
  name: "scenes-text",
  ours: true,
  about: "Drawn scenes as sentences say them: the run of scenes-tiny with image.layout=free, its bank swapped for text",
  config: {
    ...smallPixels,
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
    ...smallPixels,
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
    ...smallPixels,
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
