import { drawings, splitDrawings } from "@gmem/datasets/drawings";
import type { RunConfig } from "../config/schema.ts";
import type { AllImages, Source } from "./all-images.ts";

/** True for `drawings`, and for `drawings:noto,openmoji`, which names the sets. */
export const namedDrawings = (data: string): boolean => /^drawings(:|$)/.test(data);

/**
 * The drawings that `data` names. Held out are a tenth of the pairs of concept and style and a fourteenth of the concepts, or
 * in these proportions what `image.heldOut` says.
 */
export async function openDrawings({ data, image, seed }: Source): Promise<AllImages> {
  const [, names] = String(data).split(":");
  const { size, background } = image;
  const images = await drawings({ size, background, ...(names !== undefined && { sets: names.split(",") }) });
  const { classes, contentId, credits } = images;
  const { heldOutPairs, heldOutConcepts } = splitDrawings(images, { seed, ...shares(image, images.length) });
  const heldOut = Int32Array.from([...heldOutPairs, ...heldOutConcepts]).sort();
  return { images, classes, leftOut: [], contentId, credits, heldOut };
}

function shares({ heldOut }: RunConfig["image"], count: number): { pairs?: number; concepts?: number } {
  if (heldOut === null) return {};
  const share = heldOut < 1 ? heldOut : heldOut / count;
  return { pairs: 0.6 * share, concepts: 0.4 * share };
}
