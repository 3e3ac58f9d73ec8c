import { existsSync, readdirSync, statSync } from "node:fs";
import { isLabelled, type LabelledDataset } from "@gmem/datasets";
import { type ImageArchive, imageArchive, isArchive } from "@gmem/datasets/archive";
import { cifar10 } from "@gmem/datasets/cifar10";
import { type ImageFolder, imageFolder } from "@gmem/datasets/folder";
import { isLatentsFolder } from "@gmem/datasets/latents";
import { scenes } from "@gmem/datasets/scenes";
import type { ImageExample } from "@gmem/spec";
import { GMemError } from "@gmem/tensor";
import type { RunConfig } from "../config/schema.ts";
import type { WorkOptions } from "../progress.ts";
import type { AllImages, Images, Source } from "./all-images.ts";
import { needsOf } from "./conditioner.ts";
import { openModule } from "./module.ts";
import { namedDrawings, openDrawings } from "./open-drawings.ts";

/** @throws {GMemError} code `DATA` for a folder that is missing or has no usable image. */
export async function openImages(source: Source, { signal, onProgress }: WorkOptions): Promise<AllImages> {
  const { data, image, seed, conditioner } = source;
  const { size, count, onBad, decode, background } = image;
  if (typeof data === "object") {
    const images: Images = await openModule("dataset", data, { imageSize: size, seed });
    return { images, classes: isLabelled(images) ? images.classes : [], leftOut: [] };
  }
  if (data === "scenes") {
    const images = drawnScenes(image, { count, seed });
    return { images, classes: images.classes, leftOut: [] };
  }
  if (namedDrawings(data)) return openDrawings(source);
  const reading = {
    ...{ size, onBad, decode, background },
    ...(signal ? { signal } : {}),
    onProgress: (done: number, total: number) => onProgress?.({ stage: "images", done, total, note: "files" }),
  };
  if (await isArchive(data)) return factsAndImages(await imageArchive(data, reading));
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
    ...reading,
    ...(needsOf(conditioner).labels ? { labels: "folders" } : {}),
  });
  return factsAndImages(images);
}

const factsAndImages = (images: ImageFolder | ImageArchive): AllImages => {
  const { contentId, report, classes } = images;
  const { leftOut, captioned, uncaptioned } = report;
  const said = captioned.captions > 0 ? { captioned, ...(uncaptioned.length > 0 && { uncaptioned }) } : {};
  return { images, classes: isLabelled(images) ? classes : [], contentId, leftOut, ...said };
};

/** Scenes as the configuration wants them. */
export const drawnScenes = (
  { size, layout, combinations }: RunConfig["image"],
  { count, seed }: { readonly count: number; readonly seed: number },
): LabelledDataset<ImageExample> => scenes({ count, size, layout, seed, ...(combinations && { combinations }) });

function namesIn(data: string): readonly string[] {
  const refuse = (what: string, cause?: unknown): GMemError =>
    new GMemError("DATA", `data: must be "scenes", "drawings" or a folder of images, got ${data}, which ${what}`, {
      cause,
    });
  if (!existsSync(data)) throw refuse("does not exist");
  if (!statSync(data).isDirectory()) throw refuse("is a file; give the folder that holds it");
  try {
    return readdirSync(data);
  } catch (cause) {
    throw refuse("cannot be read", cause);
  }
}
