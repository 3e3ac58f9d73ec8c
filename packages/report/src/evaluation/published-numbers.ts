import type { PublishedNumber } from "./evaluation.ts";
import { type PublishedSet, publishedTables } from "./published-tables.ts";

export const publishedSets: readonly PublishedSet[] = Object.keys(publishedTables) as PublishedSet[];

/**
 * What the paper has of a metric in a table: FID alone, of as many samples as the table says. Numbers of other
 * features or counts do not compare with it, and get none.
 * @example
 * publishedNumbers("cifar10", "FID").at(-1)?.value; // "1.22"
 */
export const publishedNumbers = (set: PublishedSet, metric: string): readonly PublishedNumber[] => {
  const { place, fid } = publishedTables[set];
  return metric === "FID" ? Object.entries(fid).map(([of, value]) => ({ of, place, value })) : [];
};

/**
 * What all numbers of a set have in common, in words.
 * @example
 * publishedSetting("ffhq-1024"); // "FFHQ 1024², FID of 10,000 samples, Table 10"
 */
export const publishedSetting = (set: PublishedSet): string => {
  const { place, setting, samples } = publishedTables[set];
  return `${setting}, FID${samples === undefined ? "" : ` of ${samples.toLocaleString("en-US")} samples`}, ${place}`;
};

/** Samples of each number of a set; undefined where the paper does not say it. */
export const publishedSamples = (set: PublishedSet): number | undefined => {
  const { samples } = publishedTables[set];
  return samples;
};
