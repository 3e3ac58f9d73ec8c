import { existsSync, readFileSync } from "node:fs";
import { basename, dirname, join, normalize } from "node:path";
import { klVaeSmall } from "@gmem/tokenizers/kl-vae";
import { z } from "zod";
import { checkTree } from "../config/load.ts";
import { applyOverrides } from "../config/overrides.ts";
import { count, file } from "../config/scalars.ts";
import { runSchema } from "../config/schema.ts";
import { merge, type Tree } from "../config/tree.ts";

const network = z
  .strictObject({
    channels: count.multipleOf(32).default(klVaeSmall.channels).describe("Of the first level, a multiple of 32."),
    multipliers: z
      .array(count)
      .min(1)
      .default([...klVaeSmall.multipliers])
      .describe("Channels of each level, as multiples; every level but the last halves the size."),
    residualBlocks: count.default(klVaeSmall.residualBlocks).describe("Of an encoder level; the decoder has one more."),
    latentChannels: count.default(klVaeSmall.latentChannels).describe("C of a latent."),
    attention: z.enum(["none", "linear", "softmax"]).default("none").describe("In the middle, over all places."),
    resampling: z
      .enum(["mean", "convolution"])
      .default("mean")
      .describe("How sizes are halved and doubled: by means of four and repetition, or by convolutions."),
  })
  .describe("The autoencoder.");

const loss = z
  .strictObject({
    error: z.enum(["l1", "l2"]).default("l1").describe("Of a value: its absolute error, or the square."),
    kl: z.number().min(0).default(1e-6).describe("Weight of the divergence from a normal distribution."),
    perceptual: z
      .strictObject({
        net: z.enum(["alex", "vgg", "squeeze"]).default("vgg").describe("The network of LPIPS."),
        weights: file,
        weight: z.number().positive().default(1).describe("Of its distance."),
      })
      .nullable()
      .default(null)
      .describe("LPIPS between pictures and reconstructions; null leaves it out."),
  })
  .describe("What is minimised.");

const { name, runs, data, seed, steps, batch, accumulate, checkpointEvery, sampleEvery, keep, image, engine } =
  runSchema.shape;
const { optimizer, schedule, ema } = runSchema.shape;

/** Everything that a tokenizer depends on; what it shares with a run has the run's keys. */
export const tokenizerSchema = z.strictObject({
  name,
  runs,
  data,
  seed,
  steps,
  batch,
  accumulate,
  checkpointEvery,
  sampleEvery,
  keep,
  image,
  network: network.prefault({}),
  loss: loss.prefault({}),
  optimizer,
  schedule,
  ema,
  engine,
});

/** A resolved configuration, as `tokenizer.json` holds it. */
export type TokenizerConfig = z.output<typeof tokenizerSchema>;

/** What is learned in 20 minutes on two cores from pictures of 64 pixels. */
const usual: Tree = {
  name: "tokenizer",
  image: { size: 64 },
  steps: 1500,
  batch: 8,
  checkpointEvery: 250,
  keep: 1,
  optimizer: { lr: 1e-3 },
  schedule: { kind: "cosine", warmup: 50, floor: 0.05 },
  ema: { decay: 0.999, warmup: true },
};

/** Where a tokenizer's folder keeps its settings. */
export const settingsFile = (folder: string): string => join(folder, "tokenizer.json");

/**
 * The configuration of a tokenizer that is trained on a folder of images or on built-in data, with settings applied; or the one
 * that a tokenizer's folder holds.
 * @param settings `key=value` texts.
 * @throws {GMemError} code `CONFIG` naming every key that is wrong.
 * @example
 * // no-run
 * const config = loadTokenizerConfig("scenes", ["steps=500", "image.size=32"]);
 */
export function loadTokenizerConfig(source: string, settings: readonly string[]): TokenizerConfig {
  const stored = settingsFile(source);
  const base = existsSync(stored) ? storedTree(source, stored) : merge(usual, { data: source });
  return checkTree(tokenizerSchema, applyOverrides(base, settings), source);
}

/** Under the name that the folder has now. */
function storedTree(folder: string, path: string): Tree {
  const { config } = JSON.parse(readFileSync(path, "utf8")) as { readonly config: Tree };
  const place = normalize(folder);
  return { ...config, name: basename(place), runs: dirname(place) };
}
