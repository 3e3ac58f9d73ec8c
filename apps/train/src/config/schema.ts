import { z } from "zod";

const count = z.number().int().positive();
const share = z.number().min(0).max(1);

const image = z.strictObject({
  /** Side of the square crop in pixels; scenes are drawn at this size. */
  size: count,
  /** Scenes only. */
  layout: z.enum(["centred", "free"]).default("centred"),
  /** Scenes only: how many are drawn for training. */
  count: count.default(5000),
  /** What to do with files that cannot be read. */
  onBad: z.enum(["skip", "refuse"]).default("skip"),
  /** Below 1 a share, from 1 on a number of images kept out of training. */
  heldOut: z.number().positive().default(256),
});

const backbone = z.strictObject({
  kind: z.literal("sit").default("sit"),
  patchSize: count,
  depth: count,
  hiddenSize: count,
  heads: count,
  learnSigma: z.boolean().default(false),
  adaLNInit: z.enum(["zero", "xavier"]).default("zero"),
  mlpRatio: z.number().positive().default(4),
  qkNorm: z.boolean().default(false),
  recompute: z.boolean().default(false),
});

const encoder = z.strictObject({
  kind: z.literal("patch-kmeans").default("patch-kmeans"),
  clusters: count.default(200),
  patchSize: count.default(6),
  pooling: z.union([z.literal(2), z.literal(3)]).default(2),
  /** Patches that the dictionary is learned from. */
  patches: count.default(100_000),
  dim: count.default(256),
  /** Share of the largest eigenvalue added before dividing by the root; 0 leaves coordinates as they are. */
  whiten: z.number().min(0).default(0),
});

const conditioner = z.strictObject({
  kind: z.enum(["memory-bank", "class-table", "unconditional"]).default("memory-bank"),
  /** Class tables only: how often a label is replaced by the null label. */
  dropProbability: share.default(0.1),
});

const bank = z.strictObject({
  /** Rank of the factors; `null` keeps full rows. */
  rank: count.nullable().default(null),
});

const adapter = z.strictObject({
  kind: z.enum(["linear", "mlp3"]).default("linear"),
  gain: z.number().positive().default(1),
});

const objective = z.strictObject({
  loss: z.enum(["velocity", "score", "noise"]).default("velocity"),
  weight: z.enum(["none", "velocity", "likelihood"]).default("none"),
  interpolant: z.enum(["linear", "gvp", "vp"]).default("linear"),
  cosine: z.number().min(0).default(0),
  mask: z
    .strictObject({
      kind: z.enum(["zero", "random", "noise"]).default("zero"),
      p: share.default(0.4),
      place: z.enum(["before", "after"]).default("before"),
      rescale: z.boolean().default(true),
    })
    .prefault({}),
  time: z
    .strictObject({
      law: z.enum(["uniform", "logit-normal"]).default("uniform"),
      /** t → at/(1 + (a − 1)t); 1 leaves t as it is. */
      shift: z.number().positive().default(1),
    })
    .prefault({}),
  nullProbability: share.default(0),
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

const sampler = z.strictObject({
  solver: z.enum(["euler", "heun", "euler-maruyama", "heun-sde"]).default("heun"),
  steps: count.default(20),
  shift: z.number().positive().default(1),
  /** Guidance scale; 1 is none. */
  cfg: z.number().min(0).default(1),
  /** SDE solvers: length of the last step; `null` is the solver's own. */
  lastStepSize: z.number().positive().nullable().default(null),
  /** SDE solvers: the form of w(t). */
  diffusion: z.enum(["constant", "SBDM", "sigma", "linear", "decreasing", "increasing-decreasing"]).default("sigma"),
});

const engine = z.strictObject({
  device: z.enum(["cpu", "webgpu", "cuda"]).default("cpu"),
  /** `null`: as many as the machine has. */
  threads: count.nullable().default(null),
});

/** Everything that a run depends on. Unknown keys are errors. */
export const runSchema = z.strictObject({
  name: z.string().regex(/^[\w.-]+$/, "must be letters, digits, '.', '_' and '-'"),
  runs: z.string().default("runs"),
  /** "scenes", a folder of images, or a folder of CIFAR-10 binary files. */
  data: z.string(),
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
  tokenizer: z.strictObject({ kind: z.literal("pixels").default("pixels") }).prefault({}),
  encoder: encoder.prefault({}),
  conditioner: conditioner.prefault({}),
  bank: bank.prefault({}),
  backbone,
  adapter: adapter.prefault({}),
  objective: objective.prefault({}),
  optimizer: optimizer.prefault({}),
  schedule: schedule.prefault({}),
  ema: ema.prefault({}),
  sampler: sampler.prefault({}),
  engine: engine.prefault({}),
});

/** A resolved configuration, as `config.json` holds it. */
export type RunConfig = z.output<typeof runSchema>;
