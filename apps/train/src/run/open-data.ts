import { existsSync, readdirSync } from "node:fs";
import { isLabelled, type LabelledDataset, split } from "@gmem/datasets";
import { cifar10 } from "@gmem/datasets/cifar10";
import { imageFolder } from "@gmem/datasets/folder";
import { scenes } from "@gmem/datasets/scenes";
import type { Dataset, ImageExample } from "@gmem/spec";
import { GMemError } from "@gmem/tensor";
import type { RunConfig } from "../config/schema.ts";

export type Images = Dataset<ImageExample> & Partial<Pick<LabelledDataset<ImageExample>, "labels" | "classes">>;

/** Images to train on and images that training never sees. */
export interface Data {
  readonly train: Images;
  readonly heldOut: Images;
  /** Class names; empty without labels. */
  readonly classes: readonly string[];
  /** Files that were left out, and why. */
  readonly bad: readonly { readonly file: string; readonly reason: string }[];
}

export interface OpenOptions {
  readonly signal?: AbortSignal;
  readonly onProgress?: (done: number, total: number) => void;
}

/**
 * Opens `config.data`: the built-in scenes, a folder of images, or a folder of CIFAR-10 binary files.
 * @throws {GMemError} code `DATA` for a folder that is missing or has no usable image.
 */
export async function openData(
  { data, image, seed }: Pick<RunConfig, "data" | "image" | "seed">,
  options: OpenOptions = {},
): Promise<Data> {
  if (data === "scenes") {
    const { size, layout, count } = image;
    const heldOut = scenes({ count: heldOutCount(image.heldOut, count), size, layout, seed: seed + 1 });
    const train = scenes({ count, size, layout, seed });
    return { train, heldOut, classes: train.classes, bad: [] };
  }
  if (!existsSync(data))
    throw new GMemError("DATA", `data: must be "scenes" or a folder of images, got ${data}, which does not exist`);
  const { dataset, bad } = await openFolder(data, image, options);
  const parts = split(dataset, { heldOut: image.heldOut, seed });
  return { ...parts, classes: isLabelled(dataset) ? dataset.classes : [], bad };
}

async function openFolder(
  data: string,
  { size, onBad }: RunConfig["image"],
  options: OpenOptions,
): Promise<{ readonly dataset: Dataset<ImageExample>; readonly bad: Data["bad"] }> {
  if (readdirSync(data).some((name) => /^data_batch.*\.bin$/.test(name)))
    return { dataset: await cifar10(data), bad: [] };
  const dataset = await imageFolder(data, { size, onBad, ...options });
  return { dataset, bad: dataset.report.bad };
}

const heldOutCount = (heldOut: number, count: number): number =>
  heldOut < 1 ? Math.max(1, Math.round(heldOut * count)) : heldOut;
