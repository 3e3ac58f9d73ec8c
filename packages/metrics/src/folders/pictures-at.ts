import type { NDArray } from "@gmem/tensor";
import { type PictureFit, pictureFit } from "./fit-picture.ts";
import type { PictureFacts } from "./picture-facts.ts";
import type { PictureSource } from "./pictures.ts";
import { stacked } from "./read-part.ts";

/**
 * Some pictures of a set by rows of its features, [n,3,H,W] ∈ [0,1].
 * @example
 * // no-run
 * const set = await extractFeatures(source, { extractors });
 * const images = await picturesAt(source, [0, 5, 9], { facts: set.facts });
 */
export async function picturesAt(
  source: PictureSource,
  rows: ArrayLike<number>,
  options: { readonly facts: PictureFacts; readonly resize?: PictureFit },
): Promise<NDArray<"f32">> {
  const { facts, resize = "none" } = options;
  const pictures = await source.open();
  const fit = pictureFit(resize);
  const places = facts.leftOut.length === 0 ? undefined : placesById(pictures);
  const images = [];
  for (const row of Array.from(rows)) {
    const found = await pictures.read(places?.get(facts.ids[row] as string) ?? row);
    if ("image" in found) images.push(fit(found.image));
  }
  return stacked(images);
}

/** Where pictures without features lie between, rows are found by their ids. */
const placesById = (pictures: { readonly length: number; idOf(index: number): string }): ReadonlyMap<string, number> =>
  new Map(Array.from({ length: pictures.length }, (_, index) => [pictures.idOf(index), index]));
