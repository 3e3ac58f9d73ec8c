import { normalize } from "node:path";
import { z } from "zod";
import { backbone } from "../parts/backbone.ts";
import { conditioner } from "../parts/conditioner.ts";
import { encoder } from "../parts/encoder.ts";
import { module } from "../parts/module.ts";
import { textEncoder } from "../parts/text-encoder.ts";
import { tokenizer } from "../parts/tokenizer.ts";
import { byKind } from "./by-kind.ts";
import { objective } from "./objective.ts";
import { sampler } from "./sampler.ts";
import { count, share } from "./scalars.ts";

/** `./photos/` is `photos`. */
const samePath = (path: string): string => (path === "" ? path : normalize(path).replace(/(?<=.)[/\\]$/, ""));

const image = z
  .strictObject({
    size: count.describe("Side of the square crop in pixels; scenes are drawn at this size."),
    layout: z
      .enum(["centred", "free"])
      .default("centred")
      .describe("Scenes only: one main object near the middle, or one to three anywhere."),
    count: count.default(5000).describe("Scenes only: how many are drawn for training."),
    combinations: z
      .enum(["all", "seen"])
      .optional()
      .describe(
        "Scenes only: `seen` leaves out the combinations of shape, colour and place that held-out prompts ask for.",
      ),
    flip: z
      .boolean()
      .default(false)
      .describe("Half of the visits see the mirror image: latents, snippet and REPA targets of one orientation."),
    decode: z
      .enum(["seen", "pillow"])
      .default("seen")
      .describe(
        "Of a folder: pictures as a person sees them, upright, transparency blended, colours in sRGB; or Pillow's bytes, which know none of this.",
      ),
    background: z
      .string()
      .regex(/^#[0-9a-fA-F]{6}$/, "must be a colour such as #ffffff")
      .default("#ffffff")
      .describe("What shows through transparency, as #rrggbb."),
    onBad: z.enum(["skip", "refuse"]).default("skip").describe("What to do with pictures that cannot be read."),
    heldOut: z
      .number()
      .positive()
      .nullable()
      .default(null)
      .describe(
        "Images kept out of training: below 1 a share of them, from 1 on their number; null: 256, or a tenth where that is fewer.",
      ),
  })
  .describe("Which part of an image is learned from, and which images are held out.");

const bank = z
  .strictObject({ rank: count.nullable().default(null).describe("Rank of the factors; null keeps full rows.") })
  .describe("How the memory bank is stored.");

const gain = z
  .number()
  .positive()
  .default(1)
  .describe("Factor on the unit snippet before the projection. Short runs learn sooner with 4 to 8.");

const adapter = byKind([
  z.strictObject({ kind: z.literal("linear").describe("One linear layer."), gain }),
  z.strictObject({ kind: z.literal("mlp3").describe("Three layers with SiLU between them."), gain }),
  z.strictObject({
    kind: z.literal("captions").describe("Tokens in place of a text's, for backbone.kind=sana."),
    gain,
    tokens: count.default(1).describe("Tokens that a snippet becomes, K."),
    hiddenSize: count.default(1536).describe("Units between snippet and tokens."),
    time: z.boolean().default(false).describe("Adds a linear layer of the snippet to the time embedding as well."),
  }),
]).describe("The S-Adapter, from snippets to what the backbone takes.");

const optimizer = z
  .strictObject({
    lr: z.number().positive().default(1e-4).describe("Peak learning rate; the schedule scales it."),
    betas: z.tuple([share, share]).default([0.9, 0.999]).describe("Decay of the first and of the second moments."),
    epsilon: z.number().positive().default(1e-8).describe("Added to the root of the second moments."),
    weightDecay: z.number().min(0).default(0).describe("Decoupled weight decay."),
    clip: z
      .number()
      .positive()
      .nullable()
      .default(1)
      .describe("Largest global norm of the gradient; null leaves gradients as they are."),
  })
  .describe("AdamW.");

const schedule = z
  .strictObject({
    kind: z
      .enum(["constant", "cosine", "linear"])
      .default("constant")
      .describe("How the learning rate falls after the warm-up."),
    warmup: z
      .number()
      .int()
      .min(0)
      .default(0)
      .describe("Steps over which the learning rate rises from lr/warmup to lr."),
    floor: share.default(1).describe("Share of the learning rate at the end of cosine and linear."),
    steps: count.nullable().default(null).describe("Steps until the floor is reached; null: the length of the run."),
  })
  .describe("The learning rate over a run.");

const ema = z
  .strictObject({
    decay: share.default(0.9999).describe("Share of the average that a step keeps."),
    warmup: z
      .boolean()
      .default(false)
      .describe(
        "Starts from a short memory, min(decay, (1 + n)/(10 + n)) after n updates; for runs below 10,000 steps.",
      ),
  })
  .describe("The average of the weights, which is what a run draws with.");

const engine = z
  .strictObject({
    kind: z
      .enum(["onnx", "tfjs"])
      .default("onnx")
      .describe("tfjs needs @tensorflow/tfjs-node-gpu and a machine with CUDA 11."),
    device: z.enum(["cpu", "webgpu", "cuda"]).default("cpu").describe("Of onnx."),
    precision: z
      .enum(["f32", "f16"])
      .optional()
      .describe(
        "Of matrix products while training, f32 unless it is said; f16 is for devices that are faster with it, and scales the loss. Not for several workers or rounds.",
      ),
    threads: count.nullable().default(null).describe("Of onnx on the CPU; null: as many as the machine has."),
  })
  .describe("What computes.");

const train = z
  .strictObject({
    only: z
      .enum(["all", "t2s"])
      .default("all")
      .describe(
        "What moves: everything, or the adapter of text alone, while the network and its S-Adapter stay as they are and cost neither gradients nor moments.",
      ),
  })
  .describe("What of the model is trained.");

const start = z
  .strictObject({
    run: z.string().nullable().default(null).describe("A run folder; null until it is given."),
    preset: z.string().optional().describe("What a preset's numbers were reached from; said when `run` is missing."),
    steps: count.optional().describe("After how many steps of that preset."),
    conditioner: z
      .enum(["memory-bank", "class-table", "unconditional", "t2s", "captions"])
      .optional()
      .describe("What conditioned that preset."),
    encoder: z
      .enum(["keep", "new"])
      .default("keep")
      .describe(
        "From a bank to a bank: keeps the run's encoder and S-Adapter, unless `encoder` is set; new takes `encoder`, and draws the S-Adapter.",
      ),
    warm: z
      .boolean()
      .default(true)
      .describe(
        "From a class table to a bank: fits the S-Adapter so that class means give the class's embedding; false draws it.",
      ),
    positions: z
      .enum(["recompute", "scale", "bicubic"])
      .default("recompute")
      .describe("For another image size: how the positions of the larger grid are made."),
  })
  .describe("Trained weights to begin with, for fine-tuning and for changing what conditions a model.");

const rounds = z
  .strictObject({
    steps: count
      .default(250)
      .describe("Steps of each part between two rounds; divides `steps`, `checkpointEvery` and `sampleEvery`."),
    lr: z.number().positive().default(0.7).describe("Learning rate of the step that joins the parts."),
    momentum: z.number().min(0).lt(1).default(0.9).describe("Its Nesterov momentum."),
    store: z
      .string()
      .nullable()
      .default(null)
      .describe("Folder or s3://bucket/prefix that all processes of the run share; null: in the run's folder."),
  })
  .describe("Of exchange=rounds: DiLoCo, a round of steps by each worker and a step that joins them.");

/** Everything that a run depends on. Unknown keys are errors; a key's meaning is its description. */
export const runSchema = z.strictObject({
  name: z
    .string()
    .regex(/^[\w.-]+$/, "must be letters, digits, '.', '_' and '-'")
    .describe("Name of the run and of its folder."),
  runs: z.string().default("runs").describe("Folder that the run's own folder is made in."),
  data: z
    .union([z.string().overwrite(samePath), module])
    .describe(
      '"scenes", "drawings" or "drawings:SET,SET", a folder of images, one of CIFAR-10 binary files, one that `latents` has written, tar shards or parquet files, or a module.',
    ),
  seed: z.number().int().min(0).default(0).describe("Of everything random in the run."),
  steps: count.describe("Optimizer steps of the whole run."),
  batch: count.describe("Samples in one step."),
  accumulate: count
    .default(1)
    .describe("Parts that a batch is computed in, one after the other, to save memory; divides `batch`."),
  workers: count
    .default(1)
    .describe(
      "With exchange=exact engines of this process that share the parts of each batch; divides `accumulate`. With exchange=rounds parts of a round.",
    ),
  exchange: z
    .enum(["exact", "rounds"])
    .default("exact")
    .describe(
      "exact adds up gradients in each step: the same bits with any number of workers. rounds joins weights every `rounds.steps`, by all processes that share a store: the bits depend on the number of workers, and are not those of one.",
    ),
  rounds: rounds.prefault({}),
  checkpointEvery: count.default(500).describe("Steps between checkpoints, each with held-out losses."),
  sampleEvery: count.default(250).describe("Steps between grids of samples."),
  keep: count.default(3).describe("Checkpoints kept besides the best."),
  image,
  tokenizer: tokenizer.prefault({}).describe("From pixels to latents and back."),
  encoder: encoder.prefault({}).describe("From images to snippets, and to REPA's targets."),
  conditioner: conditioner.prefault({}).describe("What the model is conditioned on."),
  textEncoder: textEncoder.nullable().default(null).describe("For conditioners that need text; null is none."),
  texts: z
    .string()
    .nullable()
    .default(null)
    .describe("Folder with vectors of captions, such as `gmem-train text` writes; null: in the run's own."),
  bank: bank.prefault({}),
  backbone: backbone.describe("The network."),
  adapter: adapter.prefault({}),
  objective: objective.prefault({}),
  optimizer: optimizer.prefault({}),
  schedule: schedule.prefault({}),
  ema: ema.prefault({}),
  train: train.prefault({}),
  sampler: sampler.prefault({}),
  engine: engine.prefault({}),
  start: start.nullable().default(null),
});

/** A resolved configuration, as `config.json` holds it. */
export type RunConfig = z.output<typeof runSchema>;

/** What a configuration may leave out, left out. */
export type RunInput = z.input<typeof runSchema>;
