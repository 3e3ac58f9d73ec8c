import { sana06B, sana16B } from "@gmem/backbones/sana";
import type { Preset, PresetConfig } from "./preset.ts";
import { adam, freeScenes, freeScenesEncoder, paperCommon, smallPixels } from "./preset-parts.ts";

/** OpenUni's optimiser: 1 % of the steps to warm up, then a cosine to 0. */
const schedule = (steps: number): PresetConfig["schedule"] => ({ kind: "cosine", warmup: steps / 100, floor: 0 });

/** Sana-1.6B on 23M pictures; where a snippet enters it is ours to say: an MLP makes one caption token of it. */
const openUni = {
  ...paperCommon,
  batch: 64,
  image: { size: 512 },
  tokenizer: { kind: "dc-ae", variant: "sana" },
  backbone: { kind: "sana", ...sana16B, patchSize: 1 },
  adapter: { kind: "captions", gain: 1, tokens: 1, hiddenSize: 1536 },
  objective: {
    loss: "velocity",
    interpolant: "linear",
    mask: { kind: "zero", p: 0.4 },
    time: { law: "uniform", shift: 1 },
    nullProbability: 0.1,
  },
  optimizer: { ...adam(1e-4, 0.95), weightDecay: 0.05 },
  sampler: { solver: "dpm-solver++", steps: 20, shift: 3, cfg: 4.5 },
} as const satisfies Partial<PresetConfig>;

/** 1,024 pixels by patches of 2: the same tokens, times moved by the root of the pixel ratio. */
const wide = {
  image: { size: 1024 },
  backbone: { ...openUni.backbone, patchSize: 2 },
  objective: { ...openUni.objective, time: { law: "uniform", shift: 2 } },
} as const satisfies Partial<PresetConfig>;

const published = (name: string, about: string, config: Omit<PresetConfig, "name">): Preset => ({
  name,
  ours: false,
  about,
  config: { ...config, name },
});

const pictures = published(
  "openuni-stage-1",
  "H.1, stage 1: Sana-1.6B on pictures of 512² alone, 32K steps; the paper begins with Sana's weights",
  { ...openUni, steps: 32_000, schedule: schedule(32_000) },
);

const widePictures = published("openuni-stage-1-1024", "H.1, stage 1 at 1024²: openuni-stage-1 with patch 1 → 2", {
  ...openUni,
  ...wide,
  steps: 32_000,
  schedule: schedule(32_000),
  start: { preset: "openuni-stage-1", steps: 32_000, conditioner: "memory-bank" },
});

/** 3.2K steps on pairs: OpenUni-L's connector and queries after a frozen language model, which here is Gemma. */
const pairs = {
  ...openUni,
  steps: 3200,
  schedule: schedule(3200),
  conditioner: {
    kind: "t2s",
    loss: "end-to-end",
    connector: { queries: 256, hiddenSize: 2048, layers: 6, heads: 32, intermediateSize: 8960 },
  },
  textEncoder: { kind: "prompt-tokens", of: { kind: "gemma" }, length: 256 },
} as const satisfies Partial<PresetConfig>;

/** The baseline of H.1: 100K steps on pairs with OpenUni's queries and connector alone, the network frozen, without a snippet. */
const baseline = {
  ...openUni,
  batch: 512,
  steps: 100_000,
  schedule: schedule(100_000),
  objective: { ...openUni.objective, mask: { kind: "zero", p: 0 } },
  conditioner: { kind: "captions", connector: pairs.conditioner.connector },
  textEncoder: pairs.textEncoder,
  train: { only: "t2s" },
} as const satisfies Partial<PresetConfig>;

const baselineAbout = (letter: string, sana: string, size: string): string =>
  `H.1, OpenUni-${letter} without a memory: 100K steps on pairs at ${size}, queries and connector alone, on ${sana} as published (start.run: its file, converted), after Gemma in place of InternVL3`;

const about =
  "H.1, stage 2: 3.2K steps on pairs, connector and queries as OpenUni-L's, after Gemma in place of InternVL3";

/** OpenUni with GMem, Table 3 (right). */
export const openUniPresets: readonly Preset[] = [
  pictures,
  widePictures,
  published("openuni-stage-2", `${about}, at 512²`, {
    ...pairs,
    start: { preset: "openuni-stage-1", steps: 32_000, conditioner: "memory-bank" },
  }),
  published("openuni-stage-2-1024", `${about}, at 1024²`, {
    ...pairs,
    ...wide,
    start: { preset: "openuni-stage-1-1024", steps: 32_000, conditioner: "memory-bank" },
  }),
  published("openuni-b", baselineAbout("B", "Sana-0.6B", "512²"), {
    ...baseline,
    backbone: { ...openUni.backbone, ...sana06B },
    conditioner: {
      kind: "captions",
      connector: { ...pairs.conditioner.connector, intermediateSize: 3072 },
    },
    start: {},
  }),
  published("openuni-l", baselineAbout("L", "Sana-1.6B", "512²"), { ...baseline, start: {} }),
  published("openuni-l-1024", baselineAbout("L", "Sana-1.6B", "1024²"), {
    ...baseline,
    ...wide,
    objective: { ...baseline.objective, ...wide.objective, mask: { kind: "zero", p: 0 } },
    start: {},
  }),
];

/** Sana in small, on pictures of 24 pixels. */
const small = {
  ...freeScenes,
  backbone: { kind: "sana", patchSize: 3, depth: 6, hiddenSize: 128, heads: 8, crossHeads: 4, contextDim: 128 },
  adapter: { kind: "captions", gain: 8, tokens: 4, hiddenSize: 256 },
  sampler: { solver: "dpm-solver++", steps: 20, shift: 2 },
} as const satisfies Partial<PresetConfig>;

/** The recipe of H.1 in small. */
export const smallSanaPresets: readonly Preset[] = [
  {
    name: "scenes-sana",
    ours: true,
    about: "Drawn scenes by a small Sana, from pictures alone: stage 1 of scenes-sana-text, after H.1",
    config: {
      ...small,
      name: "scenes-sana",
      encoder: freeScenesEncoder,
      conditioner: { kind: "memory-bank" },
    },
  },
  {
    name: "scenes-sana-text",
    ours: true,
    about: "Drawn scenes as sentences say them: the run of scenes-sana, with queries and a connector over all words",
    config: {
      ...small,
      name: "scenes-sana-text",
      conditioner: {
        kind: "t2s",
        loss: "end-to-end",
        connector: { queries: 8, hiddenSize: 64, layers: 2, heads: 4, intermediateSize: 128 },
      },
      textEncoder: { kind: "prompt-tokens", of: { kind: "hashed-words", dim: 64 }, length: 64, template: "bare" },
      objective: { ...smallPixels.objective, nullProbability: 0.1 },
      optimizer: adam(1e-3, 0.95),
      start: { preset: "scenes-sana", steps: 3500, conditioner: "memory-bank" },
    },
  },
];
