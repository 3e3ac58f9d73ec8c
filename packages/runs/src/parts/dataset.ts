import { existsSync, readdirSync } from "node:fs";
import { isLabelled, type LabelledDataset, split } from "@gmem/datasets";
import { cifar10 } from "@gmem/datasets/cifar10";
import { imageFolder } from "@gmem/datasets/folder";
import { isLatentsFolder } from "@gmem/datasets/latents";
import { scenes } from "@gmem/datasets/scenes";
import type { Dataset, ImageExample } from "@gmem/spec";
import { GMemError } from "@gmem/tensor";
import type { RunConfig } from "../config/schema.ts";
import type { WorkOptions } from "../progress.ts";
import { moduleName, openModule } from "./module.ts";

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

/** Every image of `config.data`, none held out. */
export type AllImages = Pick<Data, "classes" | "bad"> & { readonly images: Images };

type Source = Pick<RunConfig, "data" | "image" | "seed">;

/**
 * Opens `config.data` and holds some of it out of training.
 * @throws {GMemError} code `DATA` for a folder that is missing or has no usable image.
 */
export async function openData(config: Source, options: WorkOptions = {}): Promise<Data> {
  const { image, seed } = config;
  const { images, ...rest } = await openAll(config, options);
  if (config.data !== "scenes") return { ...split(images, { heldOut: image.heldOut, seed }), ...rest };
  const { size, layout, count } = image; // scenes are drawn: none has to be given up
  return {
    train: images,
    heldOut: scenes({ count: heldOutCount(image.heldOut, count), size, layout, seed: seed + 1 }),
    ...rest,
  };
}

/**
 * Opens the built-in scenes, a folder of images, or a folder of CIFAR-10 binary files.
 * @throws {GMemError} code `DATA` for a folder that is missing or has no usable image.
 */
export async function openAll({ data, image, seed }: Source, options: WorkOptions = {}): Promise<AllImages> {
  const { size, layout, count, onBad } = image;
  if (typeof data === "object") {
    const images: Images = await openModule("dataset", data, { imageSize: size, seed });
    return { images, classes: isLabelled(images) ? images.classes : [], bad: [] };
  }
  if (data === "scenes") {
    const images = scenes({ count, size, layout, seed });
    return { images, classes: images.classes, bad: [] };
  }
  if (!existsSync(data))
    throw new GMemError("DATA", `data: must be "scenes" or a folder of images, got ${data}, which does not exist`);
  if (isLatentsFolder(data))
    throw new GMemError(
      "DATA",
      `data: this needs pictures, got ${data}, which holds latents; give the folder of images`,
    );
  if (readdirSync(data).some((name) => /^data_batch.*\.bin$/.test(name))) {
    const images = await cifar10(data);
    return { images, classes: images.classes, bad: [] };
  }
  const { signal, onProgress } = options;
  const images = await imageFolder(data, {
    size,
    onBad,
    ...(signal ? { signal } : {}),
    onProgress: (done, total) => onProgress?.({ stage: "images", done, total, note: "files" }),
  });
  return { images, classes: isLabelled(images) ? images.classes : [], bad: images.report.bad };
}

const heldOutCount = (heldOut: number, count: number): number =>
  heldOut < 1 ? Math.max(1, Math.round(heldOut * count)) : heldOut;

/** The data of a run in a word, for people. */
export const dataName = ({ data }: Pick<RunConfig, "data">): string =>
  typeof data === "object" ? moduleName(data) : data;
