import { GMemError, type NDArray } from "@gmem/tensor";
import type { FeatureStatistics } from "../frechet/feature-statistics.ts";

/** What is known of one side's images: whatever a metric asks for. */
export interface MetricSide {
  /** Features [N,d]: Inception's `pool`, or any encoder's. */
  readonly features?: NDArray<"f32">;
  /** Statistics of features, where the features themselves are not at hand. */
  readonly statistics?: FeatureStatistics;
  /** sFID's features [N,2023]. */
  readonly spatial?: NDArray<"f32">;
  readonly spatialStatistics?: FeatureStatistics;
  /** Logits [N,K] without bias. */
  readonly logits?: NDArray<"f32">;
  /** What the pictures were; warnings are about it. */
  readonly images?: ImageFacts;
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

export interface MetricSides {
  readonly real: MetricSide;
  readonly fake: MetricSide;
}

/** The features of a side. @throws {GMemError} code `DATA` naming what is missing. */
export function needed<K extends "features" | "spatial" | "logits">(
  metric: string,
  side: "real" | "fake",
  { sides, kind }: { readonly sides: MetricSides; readonly kind: K },
): NDArray<"f32"> {
  const found = sides[side][kind];
  if (found) return found;
  throw new GMemError(
    "DATA",
    `${metric}: needs ${kind} of the ${side} images, got ${Object.keys(sides[side]).join(", ") || "nothing"}`,
  );
}

/** Features of real and fake images. @throws {GMemError} code `DATA` naming what is missing. */
export const bothFeatures = (metric: string, sides: MetricSides): readonly [NDArray<"f32">, NDArray<"f32">] => [
  needed(metric, "real", { sides, kind: "features" }),
  needed(metric, "fake", { sides, kind: "features" }),
];
