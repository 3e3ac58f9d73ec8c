import type { Dataset } from "@gmem/spec";

/** How many pictures of a dataset have captions, of how many, and how many captions they have together. */
export interface CaptionCount {
  readonly pictures: number;
  readonly of: number;
  readonly captions: number;
}

/**
 * Counts captions without opening a picture; undefined where the dataset does not know them.
 * @example
 * const captions = [["a cat", "a black cat"], [], ["a dog"]];
 * const data = { name: "pets", length: 3, at: async (i: number) => i, captionsAt: async (i: number) => captions[i] ?? [] };
 * await countCaptions(data); // { pictures: 2, of: 3, captions: 3 }
 */
export async function countCaptions(dataset: Dataset<unknown>): Promise<CaptionCount | undefined> {
  if (!dataset.captionsAt) return undefined;
  let [pictures, captions] = [0, 0];
  for (let row = 0; row < dataset.length; row++) {
    const { length } = await dataset.captionsAt(row);
    if (length > 0) pictures++;
    captions += length;
  }
  return { pictures, of: dataset.length, captions };
}

/**
 * In words, e.g. "captions of 3 of 6 pictures, 5 in all".
 * @example
 * captionsInWords({ pictures: 3, of: 6, captions: 5 }); // "captions of 3 of 6 pictures, 5 in all"
 */
export function captionsInWords({ pictures, of, captions }: CaptionCount): string {
  if (pictures === 0) return "no captions";
  const share = pictures === of ? `all ${of}` : `${pictures} of ${of}`;
  return `captions of ${share} pictures, ${captions} in all`;
}
