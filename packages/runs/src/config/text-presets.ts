import type { Preset, PresetConfig } from "./preset.ts";
import { adam, freeScenes, freeScenesEncoder, smallPixels } from "./preset-parts.ts";

/** What texts and drawings say is followed better with guidance. */
const guided: PresetConfig["sampler"] = { ...smallPixels.sampler, cfg: 2 };

/** Wide on few tokens: a step on 36 patches of four pixels takes half of one on 64 of three. */
const ofScenes = {
  ...freeScenes,
  steps: 6000,
  batch: 32,
  checkpointEvery: 1000,
  sampleEvery: 1000,
  image: { ...freeScenes.image, count: 20_000 },
  backbone: { kind: "sit", patchSize: 4, depth: 6, hiddenSize: 192, heads: 4 },
} as const satisfies Partial<PresetConfig>;

const scenesFree: Preset = {
  name: "scenes-free",
  ours: true,
  about: "Drawn scenes of one to three objects anywhere at 24×24 pixels, from their snippets: stage 1 of scenes-text",
  config: {
    ...ofScenes,
    name: "scenes-free",
    encoder: freeScenesEncoder,
    conditioner: { kind: "memory-bank" },
    optimizer: adam(2e-3, 0.95),
  },
};

const scenesText: Preset = {
  name: "scenes-text",
  ours: true,
  about: "Drawn scenes as sentences say them: the run of scenes-free, its bank swapped for text",
  config: {
    ...ofScenes,
    name: "scenes-text",
    steps: 5000,
    conditioner: { kind: "t2s", loss: "end-to-end", gain: 22 },
    textEncoder: { kind: "hashed-words", dim: 512 },
    objective: { ...smallPixels.objective, mask: { kind: "zero", p: 0 }, nullProbability: 0.1 },
    sampler: guided,
    optimizer: adam(1e-3, 0.95),
    start: { preset: "scenes-free", steps: 6000, conditioner: "memory-bank" },
  },
};

/** Sixteen tokens: for the time that 64 take, more pictures are seen and better drawn. */
const ofFour = { kind: "sit", patchSize: 4, depth: 6, hiddenSize: 128, heads: 4 } as const;

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
