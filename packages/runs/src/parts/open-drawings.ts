import { type Drawings, type DrawingsSplit, drawings, splitDrawings } from "@gmem/datasets/drawings";
import type { RunConfig } from "../config/schema.ts";
import type { AllImages, Source } from "./all-images.ts";

/** True for `drawings`, and for `drawings:noto,openmoji`, which names the sets. */
export const namedDrawings = (data: string): boolean => /^drawings(:|$)/.test(data);

/** Drawings, and which of them training sees. */
export interface OpenDrawings {
  readonly images: Drawings;
  readonly split: DrawingsSplit;
}

/**
 * The drawings that `data` names. Held out are a tenth of the pairs of concept and style and a fourteenth of the concepts, or
 * in these proportions what `image.heldOut` says.
 */
export async function openSplitDrawings({ data, image, seed }: Source): Promise<OpenDrawings> {
  const [, names] = String(data).split(":");
  const { size, background } = image;
  const images = await drawings({ size, background, ...(names !== undefined && { sets: names.split(",") }) });
  return { images, split: splitDrawings(images, { seed, ...shares(image, images.length) }) };
}

/** {@link openSplitDrawings} as data of a run. */
export async function openDrawings(source: Source): Promise<AllImages> {
  const { images, split } = await openSplitDrawings(source);
  const { classes, contentId, credits } = images;
  const heldOut = Int32Array.from([...split.heldOutPairs, ...split.heldOutConcepts]).sort();
  return { images, classes, leftOut: [], contentId, credits, heldOut };
}

function shares({ heldOut }: RunConfig["image"], count: number): { pairs?: number; concepts?: number } {
  if (heldOut === null) return {};
  const share = heldOut < 1 ? heldOut : heldOut / count;
  return { pairs: 0.6 * share, concepts: 0.4 * share };
}
