import type { Preset, PresetConfig } from "./preset.ts";
import { adam, freeScenes, freeScenesEncoder, smallPixels } from "./preset-parts.ts";

const ofThree = {
  ...freeScenes,
  backbone: { kind: "sit", patchSize: 3, depth: 6, hiddenSize: 128, heads: 4 },
} as const;

const scenesFree: Preset = {
  name: "scenes-free",
  ours: true,
  about: "Drawn scenes of one to three objects anywhere at 24×24 pixels, from their snippets: stage 1 of scenes-text",
  config: {
    ...ofThree,
    name: "scenes-free",
    encoder: freeScenesEncoder,
    conditioner: { kind: "memory-bank" },
  },
};

const scenesText: Preset = {
  name: "scenes-text",
  ours: true,
  about: "Drawn scenes as sentences say them: the run of scenes-free, its bank swapped for text",
  config: {
    ...ofThree,
    name: "scenes-text",
    conditioner: { kind: "t2s", loss: "end-to-end" },
    textEncoder: { kind: "hashed-words", dim: 512 },
    objective: { ...smallPixels.objective, nullProbability: 0.1 },
    optimizer: adam(1e-3, 0.95),
    start: { preset: "scenes-free", steps: 3500, conditioner: "memory-bank" },
  },
};

/** Sixteen tokens: for the time that 64 take, more pictures are seen and better drawn. */
const ofFour = { kind: "sit", patchSize: 4, depth: 6, hiddenSize: 128, heads: 4 } as const;

/** Drawings are told apart better with guidance. */
const guided: PresetConfig["sampler"] = { ...smallPixels.sampler, cfg: 2 };

const drawings: Preset = {
  name: "drawings",
  ours: true,
  about: "Emoji from npm packages, drawn at 16×16 pixels from their snippets: stage 1 of text to image",
  config: {
    ...smallPixels,
    name: "drawings",
    data: "drawings",
    backbone: ofFour,
    steps: 12_000,
    checkpointEvery: 2000,
    sampleEvery: 2000,
    encoder: { kind: "patch-kmeans", clusters: 200, patchSize: 6, pooling: 3, dim: 256, whiten: 0.01 },
    conditioner: { kind: "memory-bank" },
    objective: { ...smallPixels.objective, nullProbability: 0.1 },
    sampler: guided,
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
    backbone: ofFour,
    steps: 8000,
    batch: 64,
    checkpointEvery: 2000,
    sampleEvery: 2000,
    conditioner: { kind: "t2s", loss: "snippet-regression", gain: 32 },
    textEncoder: { kind: "concat" },
    train: { only: "t2s" },
    sampler: guided,
    optimizer: adam(1e-3, 0.95),
    start: { preset: "drawings", steps: 12_000, conditioner: "memory-bank" },
  },
};

/** Small presets for text to image. */
export const textPresets: readonly Preset[] = [scenesFree, scenesText, drawings, drawingsText];
