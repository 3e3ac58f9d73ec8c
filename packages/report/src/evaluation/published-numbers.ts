import type { PublishedNumber } from "./evaluation.ts";

/** Data sets of the paper's Table 1. */
export type PublishedSet = "cifar10" | "imagenet-256" | "imagenet-512";

const table1: Readonly<Record<PublishedSet, readonly (readonly [of: string, fid: string])[]>> = {
  cifar10: [
    ["SiT-XL/2, 512 epochs", "6.68"],
    ["SiT-XL/2 + REPA, 200 epochs", "4.52"],
    ["GMem, 52 epochs", "4.08"],
    ["GMem, 450 epochs", "1.22"],
  ],
  "imagenet-256": [
    ["SiT-XL/2, 1400 epochs", "8.30"],
    ["SiT-XL/2 + REPA, 782 epochs", "5.90"],
    ["LightningDiT-XL/1, 800 epochs", "2.17"],
    ["GMem, 160 epochs", "1.53"],
  ],
  "imagenet-512": [
    ["DiT, 600 epochs", "12.03"],
    ["GMem, 400 epochs", "1.89"],
  ],
};

export const publishedSets: readonly PublishedSet[] = Object.keys(table1) as PublishedSet[];

/**
 * What the paper's Table 1 has of a metric on a data set, without guidance: FID alone, of 50,000 samples. Numbers of other
 * features or counts do not compare with it, and get none.
 * @example
 * publishedNumbers("cifar10", "FID").at(-1)?.value; // "1.22"
 */
export const publishedNumbers = (set: PublishedSet, metric: string): readonly PublishedNumber[] =>
  metric === "FID" ? table1[set].map(([of, value]) => ({ of, place: "Table 1", value })) : [];
