import type { Engine, NDArray } from "@gmem/tensor";
import type { FeatureExtractor, ImageFeatures } from "./feature-extractor.ts";

/** Moments of features, in float64: what a Fréchet distance compares. */
export interface FeatureStatistics {
  /** Rows seen. */
  readonly count: number;
  /** [d]. */
  readonly mean: Float64Array;
  /** [d,d] row-major, unbiased (divided by count − 1). */
  readonly covariance: Float64Array;
}

/** How the pictures of a side came: what metrics cannot see in features. */
export interface ImageFacts {
  /** Pictures of each format, as `{ png: 4990, jpg: 10 }`. */
  readonly formats?: Readonly<Record<string, number>>;
  /** Pictures of each size, as `{ "32x32": 5000 }`. */
  readonly sizes?: Readonly<Record<string, number>>;
  /** Class of each picture. */
  readonly labels?: ArrayLike<number>;
}

/** What is known of one side's images; row i of everything is image i. */
export interface MetricSide extends Partial<ImageFeatures> {
  /** Statistics of features, where the features themselves are not at hand. */
  readonly statistics?: FeatureStatistics;
  readonly spatialStatistics?: FeatureStatistics;
  /** The images themselves, [n,3,H,W] ∈ [0,1] in blocks; each call begins anew. */
  readonly pictures?: () => Iterable<NDArray<"f32">> | AsyncIterable<NDArray<"f32">>;
  /** What the pictures were; warnings are about it. */
  readonly images?: ImageFacts;
}

export interface MetricSides {
  readonly real: MetricSide;
  readonly fake: MetricSide;
}

/** What a metric may ask for. Rows of features do for statistics of features. */
export type MetricInput = Exclude<keyof MetricSide, "images">;

/** How a metric is asked to compute. */
export interface MetricContext {
  /** Multiplies large matrices; without one the host does. */
  readonly engine?: Engine | undefined;
  /** Confidence of intervals, in (0, 1). */
  readonly level: number;
  /** Of whatever is drawn. */
  readonly seed: number;
  /** Whose way of computing, as "adm"; a metric that has one way leaves it aside. */
  readonly protocol: string;
  /** Whose features they are. */
  readonly features: Pick<FeatureExtractor, "name" | "id">;
}

/** One number of a metric. */
export interface MetricNumber {
  /** What to print: "FID", "precision" …. */
  readonly metric: string;
  readonly value: number;
  /** Where the value lies with the confidence asked for, and by which method that was found. */
  readonly interval: { readonly low: number; readonly high: number; readonly method: string };
  /** Images of each side; of a metric without reference real is 0. */
  readonly counts: { readonly real: number; readonly fake: number };
  /** Of whatever was drawn; absent where nothing was. */
  readonly seed?: number;
  /** Every named option that the value depends on. */
  readonly options: Readonly<Record<string, string | number | boolean>>;
  readonly warnings: readonly string[];
  /** Values at smaller numbers of images, where the value is what they tend to. */
  readonly points?: readonly { readonly n: number; readonly value: number }[];
}

/** A number with all that is needed to compare it with another. */
export interface MetricResult extends MetricNumber {
  readonly interval: MetricNumber["interval"] & { readonly level: number };
  readonly protocol: string;
}

/** Numbers about two sets of images. */
export interface Metric {
  /** What it is asked for by: "fid". */
  readonly name: string;
  /** What it reads of each side. It is called with that, and need not check for it. */
  readonly needs: { readonly real: readonly MetricInput[]; readonly fake: readonly MetricInput[] };
  /** Whose ways of computing it has, and is called with; absent where there is one way. */
  readonly protocols?: readonly string[];
  /** One number or several of one pass. */
  measure(sides: MetricSides, context: MetricContext): readonly MetricNumber[] | Promise<readonly MetricNumber[]>;
}
