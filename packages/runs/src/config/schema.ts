import { z } from "zod";
import { backbone } from "../parts/backbone.ts";
import { conditioner } from "../parts/conditioner.ts";
import { encoder } from "../parts/encoder.ts";
import { module } from "../parts/module.ts";
import { tokenizer } from "../parts/tokenizer.ts";
import { objective } from "./objective.ts";
import { sampler } from "./sampler.ts";
import { count, share } from "./scalars.ts";

const image = z.strictObject({
  /** Side of the square crop in pixels; scenes are drawn at this size. */
  size: count,
  /** Scenes only. */
  layout: z.enum(["centred", "free"]).default("centred"),
  /** Scenes only: how many are drawn for training. */
  count: count.default(5000),
  /** Half of the visits see the mirror image: latents, snippet and REPA targets of one orientation. */
  flip: z.boolean().default(false),
  /** What to do with files that cannot be read. */
  onBad: z.enum(["skip", "refuse"]).default("skip"),
  /** Below 1 a share, from 1 on a number of images kept out of training. */
  heldOut: z.number().positive().default(256),
});

const bank = z.strictObject({
  /** Rank of the factors; `null` keeps full rows. */
  rank: count.nullable().default(null),
});

const adapter = z.strictObject({
  kind: z.enum(["linear", "mlp3"]).default("linear"),
  gain: z.number().positive().default(1),
});

const optimizer = z.strictObject({
  lr: z.number().positive().default(1e-4),
  betas: z.tuple([share, share]).default([0.9, 0.999]),
  epsilon: z.number().positive().default(1e-8),
  weightDecay: z.number().min(0).default(0),
  clip: z.number().positive().nullable().default(1),
});

const schedule = z.strictObject({
  kind: z.enum(["constant", "cosine", "linear"]).default("constant"),
  warmup: z.number().int().min(0).default(0),
  floor: share.default(1),
  steps: count.nullable().default(null),
});

const ema = z.strictObject({ decay: share.default(0.9999), warmup: z.boolean().default(false) });

const engine = z.strictObject({
  /** `tfjs` needs @tensorflow/tfjs-node-gpu and a machine with CUDA 11. */
  kind: z.enum(["onnx", "tfjs"]).default("onnx"),
  /** Of `onnx`. */
  device: z.enum(["cpu", "webgpu", "cuda"]).default("cpu"),
  /** `null`: as many as the machine has. */
  threads: count.nullable().default(null),
});

/** Trained weights to begin with, for fine-tuning and for changing what conditions a model. */
const start = z.strictObject({
  /** A run folder; `null` until it is given. */
  run: z.string().nullable().default(null),
  /** What a preset's numbers were reached from. */
  preset: z.string().optional(),
  steps: count.optional(),
  conditioner: z.enum(["memory-bank", "class-table", "unconditional"]).optional(),
  /** From a class table to a bank: fits the S-Adapter so that class means give the class's embedding; false draws it. */
  warm: z.boolean().default(true),
  /** For another image size: how the positions of the larger grid are made. */
  positions: z.enum(["recompute", "scale", "bicubic"]).default("recompute"),
});

/** Everything that a run depends on. Unknown keys are errors. */
export const runSchema = z.strictObject({
  name: z.string().regex(/^[\w.-]+$/, "must be letters, digits, '.', '_' and '-'"),
  runs: z.string().default("runs"),
  /** "scenes", a folder of images, a folder of CIFAR-10 binary files, one that `latents` has written, or a module. */
  data: z.union([z.string(), module]),
  seed: z.number().int().min(0).default(0),
  steps: count,
  batch: count,
  accumulate: count.default(1),
  /** Steps between checkpoints. */
  checkpointEvery: count.default(500),
  /** Steps between sample grids and held-out losses. */
  sampleEvery: count.default(250),
  /** Checkpoints kept besides the best. */
  keep: count.default(3),
  image,
  tokenizer: tokenizer.prefault({}),
  encoder: encoder.prefault({}),
  conditioner: conditioner.prefault({}),
  /** For conditioners that need text: a module; `null` is none. */
  textEncoder: module.nullable().default(null),
  bank: bank.prefault({}),
  backbone,
  adapter: adapter.prefault({}),
  objective: objective.prefault({}),
  optimizer: optimizer.prefault({}),
  schedule: schedule.prefault({}),
  ema: ema.prefault({}),
  sampler: sampler.prefault({}),
  engine: engine.prefault({}),
  start: start.nullable().default(null),
});

/** A resolved configuration, as `config.json` holds it. */
export type RunConfig = z.output<typeof runSchema>;

/** What a configuration may leave out, left out. */
export type RunInput = z.input<typeof runSchema>;
