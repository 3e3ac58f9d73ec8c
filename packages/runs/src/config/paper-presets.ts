import type { Preset, PresetConfig } from "./preset.ts";
import {
  adam,
  eulerMaruyama,
  heunSde50,
  lightningDit,
  lightningObjective,
  paperCommon,
  repaDepth,
  type Size,
  sitBackbone,
  sitObjective,
} from "./preset-parts.ts";

const published = (about: string, config: PresetConfig): Preset => ({ name: config.name, ours: false, about, config });

const cifar = (size: Size): Preset =>
  published(`Table 5: SiT-${size}/2 on CIFAR-10 pixels, 512 epochs`, {
    ...paperCommon,
    name: `cifar-${size}`,
    steps: 200_000,
    batch: 128,
    image: { size: 32 },
    tokenizer: { kind: "pixels" },
    backbone: sitBackbone(size, 2),
    objective: sitObjective(),
    optimizer: adam(1e-4, 0.999),
    sampler: eulerMaruyama(50),
  });

const lightning256 = (size: Exclude<Size, "S">, steps: number): Preset =>
  published(`Table 6: LightningDiT-${size}/1 on ImageNet 256², ${Math.round(steps / 1251)} epochs`, {
    ...paperCommon,
    name: `in256-ldit-${size}`,
    steps,
    batch: 1024,
    image: { size: 256, flip: true },
    tokenizer: { kind: "va-vae" },
    backbone: lightningDit(size, 1),
    objective: lightningObjective({ depth: repaDepth(size) }),
    optimizer: adam(2e-4, 0.95),
    sampler: heunSde50,
  });

const lightning512 = (size: Exclude<Size, "S">): Preset =>
  published(`Table 6: LightningDiT-${size}/1 on ImageNet 512², 400 epochs`, {
    ...paperCommon,
    name: `in512-ldit-${size}`,
    steps: 500_000,
    batch: 1024,
    image: { size: 512, flip: true },
    tokenizer: { kind: "dc-ae" },
    backbone: lightningDit(size, 1),
    objective: lightningObjective({ depth: repaDepth(size) }),
    optimizer: adam(1e-4, 0.95),
    sampler: heunSde50,
  });

const sit256 = (size: Exclude<Size, "S">, steps: number): Preset =>
  published(`Table 7: SiT-${size}/2 with REPA on ImageNet 256², ${Math.round(steps / 5005)} epochs`, {
    ...paperCommon,
    name: `in256-sit-${size}`,
    steps,
    batch: 256,
    image: { size: 256 },
    tokenizer: { kind: "sd-vae" },
    backbone: sitBackbone(size, 2),
    objective: sitObjective({ depth: repaDepth(size) }),
    optimizer: adam(1e-4, 0.999),
    sampler: eulerMaruyama(250),
  });

const base = lightning256("XL", 200_000).config;

const domain = published("§5.3, H.2: the 650-epoch in256-ldit-XL moved to another domain, with a bank of its images", {
  ...base,
  name: "ft-domain",
  steps: 20_000,
  start: { preset: "in256-ldit-XL", steps: 813_000 },
});

const hires = published(
  "G.4: in512-ldit-XL after 200 epochs moved to 1024², patch 1 → 2 at the same number of tokens",
  {
    ...lightning512("XL").config,
    name: "ft-hires",
    steps: 20_000,
    image: { size: 1024, flip: true },
    backbone: lightningDit("XL", 2),
    // averaging four noise pixels halves the noise that tokens see: times move towards noise by the pixel ratio's root
    objective: { ...lightningObjective({ depth: 8 }), time: { law: "logit-normal", shift: 2 } },
    start: { preset: "in512-ldit-XL", steps: 250_000 },
  },
);

const fromClasses = published("E.2: a class-conditional SiT-XL/2 of 4M steps turned into GMem in 10K–20K steps", {
  ...sit256("XL", 20_000).config,
  name: "dit2gmem",
  start: { preset: "in256-sit-XL", steps: 4_000_000, conditioner: "class-table" },
});

const stage1 = published("H.3, stage 1: LightningDiT-XL/1 on 1.28M pictures of ImageNet without labels, 650 epochs", {
  ...base,
  name: "t2i-stage-1",
  steps: 813_000,
});

/** Stage 2 of H.3 at 256²; the paper does not say how wide its pictures are, only that pairs were cropped to 512². */
const textToImage = (name: string, { about, ...parts }: { readonly about: string } & Partial<PresetConfig>): Preset =>
  published(`H.3, Table 15: t2i-stage-1 on 203,592 pairs of text and picture, 20K steps, ${about}`, {
    ...base,
    name,
    steps: 20_000,
    checkpointEvery: 5000,
    image: { size: 256, flip: false },
    conditioner: { kind: "t2s", loss: "end-to-end" },
    textEncoder: { kind: "gemma" },
    start: { preset: "t2i-stage-1", steps: 813_000, conditioner: "memory-bank" },
    ...parts,
  });

const frozen = textToImage("t2i-frozen", {
  about: "the network frozen",
  train: { only: "t2s" },
  objective: { ...lightningObjective({ depth: 8 }), repa: null }, // a head of REPA is not among the weights of a run
});

const full = textToImage("t2i-full", { about: "everything trained" });

/** The published configurations, one for each row of the paper's tables. */
export const paperPresets: readonly Preset[] = [
  ...(["S", "B", "L", "XL"] as const).map(cifar),
  lightning256("B", 80_000),
  lightning256("L", 80_000),
  lightning256("XL", 200_000),
  ...(["B", "L", "XL"] as const).map(lightning512),
  sit256("B", 200_000),
  sit256("L", 400_000),
  sit256("XL", 400_000),
  domain,
  hires,
  fromClasses,
  stage1,
  frozen,
  full,
];
