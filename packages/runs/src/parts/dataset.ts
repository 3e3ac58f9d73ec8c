import { split, subset } from "@gmem/datasets";
import { type CaptionCount, captionsInWords } from "@gmem/datasets/captions";
import { type LeftOut, leftOutNames, leftOutSummary, someNames } from "@gmem/datasets/folder";
import { GMemError } from "@gmem/tensor";
import type { RunConfig } from "../config/schema.ts";
import type { WorkOptions } from "../progress.ts";
import type { AllImages, Images, Source } from "./all-images.ts";
import { moduleName } from "./module.ts";
import { drawnScenes, openImages } from "./open-images.ts";

export type { AllImages, Images } from "./all-images.ts";

/** Images to train on and images that training never sees. */
export interface Data extends Omit<AllImages, "images" | "heldOut"> {
  readonly train: Images;
  readonly heldOut: Images;
}

/** Names of files left out that are said while they are read; a report and a dry run have all. */
const mostNames = 10;

/**
 * Opens `config.data` and holds some of it out of training.
 * @throws {GMemError} code `DATA` for a folder that is missing or has no usable image.
 */
export async function openData(config: Source, options: WorkOptions = {}): Promise<Data> {
  const { image, seed } = config;
  const { images, heldOut, ...rest } = await openAll(config, options);
  if (config.data !== "scenes") {
    if (images.length < 2)
      throw new GMemError(
        "DATA",
        `data: a run needs an image to train on and one to hold out, got ${images.length} from ${dataName(config)}; add images`,
      );
    if (heldOut) {
      const rows = rowsWithout(images.length, heldOut);
      return { train: subset(images, rows.train), heldOut: subset(images, rows.heldOut), ...rest };
    }
    sayHeldOut(image, images.length, options);
    return { ...split(images, { heldOut: heldOutCount(image, images.length), seed }), ...rest };
  }
  return {
    train: images, // scenes are drawn: none has to be given up
    heldOut: drawnScenes(image, { count: drawnHeldOut(image, image.count), seed: seed + 1 }),
    ...rest,
  };
}

/**
 * Opens what `data` names, and says what is not used of it, and how much of it has captions.
 * @throws {GMemError} code `DATA` for a folder that is missing or has no usable image.
 */
export async function openAll(source: Source, options: WorkOptions = {}): Promise<AllImages> {
  const opened = await openImages(source, options);
  const { images, leftOut, captioned, uncaptioned = [] } = opened;
  sayOpened(images.length, { from: dataName(source), leftOut, captioned, ...options });
  for (const result of someNames(uncaptioned, mostNames))
    options.onProgress?.({ stage: "without caption", done: 0, total: uncaptioned.length, result });
  return opened;
}

/** What was opened, what is not used of it, and how much of it has captions. */
export interface Opened extends Pick<WorkOptions, "onProgress"> {
  readonly from: string;
  readonly leftOut: readonly LeftOut[];
  readonly captioned?: CaptionCount | undefined;
}

/** Says how many images there are, how many files were left out and the names of the first. */
export function sayOpened(total: number, { from, leftOut, captioned, onProgress }: Opened): void {
  const without = leftOut.length > 0 ? `, ${leftOutSummary(leftOut)}` : "";
  const said = captioned ? `, ${captionsInWords(captioned)}` : "";
  onProgress?.({ stage: "images", done: total, total, result: `${total} from ${from}${without}${said}` });
  for (const result of leftOutNames(leftOut, mostNames))
    onProgress?.({ stage: "left out", done: 0, total: leftOut.length, result });
}

/** The rows of so many that are held out, and the others. */
export function rowsWithout(
  length: number,
  heldOut: Int32Array,
): { readonly train: Int32Array; readonly heldOut: Int32Array } {
  const out = new Set(heldOut);
  return { train: Int32Array.from({ length }, (_, row) => row).filter((row) => !out.has(row)), heldOut };
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
