import { existsSync, readdirSync, statSync } from "node:fs";
import { isLabelled, type LabelledDataset, split } from "@gmem/datasets";
import { cifar10 } from "@gmem/datasets/cifar10";
import { imageFolder, type LeftOut, leftOutNames, leftOutSummary } from "@gmem/datasets/folder";
import { isLatentsFolder } from "@gmem/datasets/latents";
import { scenes } from "@gmem/datasets/scenes";
import type { Dataset, ImageExample } from "@gmem/spec";
import { GMemError } from "@gmem/tensor";
import type { RunConfig } from "../config/schema.ts";
import type { WorkOptions } from "../progress.ts";
import { needsOf } from "./conditioner.ts";
import { moduleName, openModule } from "./module.ts";

export type Images = Dataset<ImageExample> & Partial<Pick<LabelledDataset<ImageExample>, "labels" | "classes">>;

/** Images to train on and images that training never sees. */
export interface Data {
  readonly train: Images;
  readonly heldOut: Images;
  /** Class names; empty without labels. */
  readonly classes: readonly string[];
  /** Files that are not used, and why. */
  readonly leftOut: readonly LeftOut[];
  /** Of a folder of images: changes with its files and with the way of decoding. */
  readonly contentId?: string;
}

/** Every image of `config.data`, none held out. */
export type AllImages = Pick<Data, "classes" | "leftOut" | "contentId"> & { readonly images: Images };

type Source = Pick<RunConfig, "data" | "image" | "seed" | "conditioner">;

/** Names of files left out that are said while they are read; a report and a dry run have all. */
const mostNames = 10;

/**
 * Opens `config.data` and holds some of it out of training.
 * @throws {GMemError} code `DATA` for a folder that is missing or has no usable image.
 */
export async function openData(config: Source, options: WorkOptions = {}): Promise<Data> {
  const { image, seed } = config;
  const { images, ...rest } = await openAll(config, options);
  if (config.data !== "scenes") {
    if (images.length < 2)
      throw new GMemError(
        "DATA",
        `data: a run needs an image to train on and one to hold out, got ${images.length} from ${dataName(config)}; add images`,
      );
    sayHeldOut(image, images.length, options);
    return { ...split(images, { heldOut: heldOutCount(image, images.length), seed }), ...rest };
  }
  return {
    train: images, // scenes are drawn: none has to be given up
    heldOut: drawn(image, { count: drawnHeldOut(image, image.count), seed: seed + 1 }),
    ...rest,
  };
}

/**
 * Opens the built-in scenes, a folder of images, or a folder of CIFAR-10 binary files, and says what is not used of it.
 * @throws {GMemError} code `DATA` for a folder that is missing or has no usable image.
 */
export async function openAll(source: Source, options: WorkOptions = {}): Promise<AllImages> {
  const opened = await openKind(source, options);
  sayOpened(opened.images.length, { from: dataName(source), leftOut: opened.leftOut, ...options });
  return opened;
}

/** What was opened, and what is not used of it. */
export interface Opened extends Pick<WorkOptions, "onProgress"> {
  readonly from: string;
  readonly leftOut: readonly LeftOut[];
}

/** Says how many images there are, how many files were left out and the names of the first. */
export function sayOpened(total: number, { from, leftOut, onProgress }: Opened): void {
  const without = leftOut.length > 0 ? `, ${leftOutSummary(leftOut)}` : "";
  onProgress?.({ stage: "images", done: total, total, result: `${total} from ${from}${without}` });
  for (const result of leftOutNames(leftOut, mostNames))
    onProgress?.({ stage: "left out", done: 0, total: leftOut.length, result });
}

async function openKind(source: Source, { signal, onProgress }: WorkOptions): Promise<AllImages> {
  const { data, image, seed, conditioner } = source;
  const { size, count, onBad, decode, background } = image;
  if (typeof data === "object") {
    const images: Images = await openModule("dataset", data, { imageSize: size, seed });
    return { images, classes: isLabelled(images) ? images.classes : [], leftOut: [] };
  }
  if (data === "scenes") {
    const images = drawn(image, { count, seed });
    return { images, classes: images.classes, leftOut: [] };
  }
  const names = namesIn(data);
  if (isLatentsFolder(data))
    throw new GMemError(
      "DATA",
      `data: this needs pictures, got ${data}, which holds latents; give the folder of images`,
    );
  if (names.some((name) => /^data_batch.*\.bin$/.test(name))) {
    const images = await cifar10(data);
    return { images, classes: images.classes, leftOut: [] };
  }
  const images = await imageFolder(data, {
    size,
    onBad,
    decode,
    background,
    ...(needsOf(conditioner).labels ? { labels: "folders" } : {}),
    ...(signal ? { signal } : {}),
    onProgress: (done, total) => onProgress?.({ stage: "images", done, total, note: "files" }),
  });
  const { contentId, report } = images;
  return { images, classes: isLabelled(images) ? images.classes : [], contentId, leftOut: report.leftOut };
}

const drawn = (
  { size, layout, combinations }: RunConfig["image"],
  { count, seed }: { readonly count: number; readonly seed: number },
): LabelledDataset<ImageExample> => scenes({ count, size, layout, seed, ...(combinations && { combinations }) });

function namesIn(data: string): readonly string[] {
  const refuse = (what: string, cause?: unknown): GMemError =>
    new GMemError("DATA", `data: must be "scenes" or a folder of images, got ${data}, which ${what}`, { cause });
  if (!existsSync(data)) throw refuse("does not exist");
  if (!statSync(data).isDirectory()) throw refuse("is a file; give the folder that holds it");
  try {
    return readdirSync(data);
  } catch (cause) {
    throw refuse("cannot be read", cause);
  }
}

const usuallyHeldOut = 256;

/** How many of so many images are held out. */
export function heldOutCount({ heldOut }: Pick<RunConfig["image"], "heldOut">, images: number): number {
  const share = (part: number): number => Math.max(1, Math.round(part * images));
  if (heldOut === null) return Math.min(usuallyHeldOut, share(0.1));
  return heldOut < 1 ? share(heldOut) : heldOut;
}

/** Says how many of so many images are held out, where it is fewer than usual. */
export function sayHeldOut(image: Pick<RunConfig["image"], "heldOut">, images: number, options: WorkOptions): void {
  const count = heldOutCount(image, images);
  if (image.heldOut !== null || count >= usuallyHeldOut) return;
  const result = `${count} of ${images} images, fewer than the usual ${usuallyHeldOut}; image.heldOut sets it`;
  options.onProgress?.({ stage: "held out", done: count, total: count, result });
}

const drawnHeldOut = ({ heldOut }: Pick<RunConfig["image"], "heldOut">, drawn: number): number =>
  heldOut === null ? usuallyHeldOut : heldOutCount({ heldOut }, drawn);

/** The data of a run in a word, for people. */
export const dataName = ({ data }: Pick<RunConfig, "data">): string =>
  typeof data === "object" ? moduleName(data) : data;
