import { sitB, sitL, sitS, sitXL } from "@gmem/backbones/sit";
import type { PresetConfig } from "./preset.ts";

type Part<K extends keyof PresetConfig> = NonNullable<PresetConfig[K]>;

export type Size = "S" | "B" | "L" | "XL";

const sizes = { S: sitS, B: sitB, L: sitL, XL: sitXL } as const;

export const sitBackbone = (size: Size, patchSize: number): Part<"backbone"> => ({
  kind: "sit",
  patchSize,
  ...sizes[size],
});

export const lightningDit = (size: Size, patchSize: number): Part<"backbone"> => ({
  kind: "lightning-dit",
  patchSize,
  ...sizes[size],
});

/** REPA taps block 4 of B, block 8 of L and XL. */
export const repaDepth = (size: Size): number => (size === "S" || size === "B" ? 4 : 8);

/** Snippets of every published run: the class token of DINOv2-B, all rows kept, one linear layer, mask zero .4. */
export const paperCommon: Pick<
  PresetConfig,
  "encoder" | "conditioner" | "bank" | "adapter" | "ema" | "keep" | "checkpointEvery"
> = {
  encoder: { kind: "dinov2", variant: "vit-b/14" },
  conditioner: { kind: "memory-bank" },
  bank: { rank: null },
  adapter: { kind: "linear", gain: 1 },
  ema: { decay: 0.9999, warmup: false },
  keep: 3,
  checkpointEvery: 10_000,
};

const mask = { kind: "zero", p: 0.4 } as const;

/** Velocity alone or with REPA, t uniform: SiT (§5.1). */
export const sitObjective = (repa?: { readonly depth: number }): Part<"objective"> => ({
  loss: "velocity",
  interpolant: "linear",
  mask,
  time: { law: "uniform", shift: 1 },
  ...(repa ? { repa: { coefficient: 0.5, depth: repa.depth } } : {}),
});

/** Velocity + cosine + REPA, t logit-normal: LightningDiT. */
export const lightningObjective = (repa: { readonly depth: number }): Part<"objective"> => ({
  ...sitObjective(repa),
  cosine: 1,
  time: { law: "logit-normal", shift: 1 },
});

/** AdamW as published, but for rate and second moment. */
export const adam = (lr: number, beta2: number): Part<"optimizer"> => ({
  lr,
  betas: [0.9, beta2],
  epsilon: 1e-8,
  weightDecay: 0,
  clip: 1,
});

/** 49 Heun steps with noise and a last one, w = 2σ. */
export const heunSde50: Part<"sampler"> = { solver: "heun-sde", steps: 50, lastStepSize: 0.004, diffusion: "linear" };

export const eulerMaruyama = (steps: number): Part<"sampler"> => ({
  solver: "euler-maruyama",
  steps,
  lastStepSize: 0.04,
  diffusion: "linear",
});

/** A small network on 16×16 pixels and how short runs learn. */
export const smallPixels: Omit<PresetConfig, "name" | "steps"> = {
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

/**
 * Drawn scenes of several objects. At 24 pixels the judge of prompts tells small shapes apart; patches of three make 8 × 8 tokens,
 * which cost what 16 pixels cost.
 */
export const freeScenes = {
  ...smallPixels,
  data: "scenes",
  steps: 3500,
  checkpointEvery: 500,
  sampleEvery: 500,
  image: { size: 24, layout: "free", count: 8000, combinations: "seen" },
} as const;

/** What snippets of such scenes are made by. */
export const freeScenesEncoder: Part<"encoder"> = {
  kind: "patch-kmeans",
  clusters: 200,
  patchSize: 6,
  pooling: 2,
  dim: 512,
  whiten: 0,
};
