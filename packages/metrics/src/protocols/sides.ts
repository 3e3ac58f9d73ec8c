import type { FeatureStatistics, MetricInput, MetricSides } from "@gmem/spec";
import { GMemError, type NDArray } from "@gmem/tensor";

/** Features of which statistics are made. */
const rowsOf: Partial<Record<MetricInput, "features" | "spatial">> = {
  statistics: "features",
  spatialStatistics: "spatial",
};

/** The outputs of a network that stand for what a metric asks for. */
export const outputFor = (input: MetricInput): MetricInput => rowsOf[input] ?? input;

/** @throws {GMemError} code `DATA` naming what is missing, unless a side has it, or the features that it is made of. */
export function checkSide(
  metric: string,
  side: "real" | "fake",
  how: { sides: MetricSides; input: MetricInput },
): void {
  const { sides, input } = how;
  const rows = rowsOf[input];
  if (sides[side][input] ?? (rows && sides[side][rows])) return;
  throw new GMemError(
    "DATA",
    `${metric}: needs ${rows ?? input}${rows ? " or their statistics" : ""} of the ${side} images, got ${Object.keys(sides[side]).join(", ") || "nothing"}`,
  );
}

/** What a metric asked for, once {@link checkSide} has seen it. */
export const given = (sides: MetricSides, side: "real" | "fake", input: "features" | "logits"): NDArray<"f32"> =>
  sides[side][input] as NDArray<"f32">;

/** Rows of features where there are some, else their statistics. */
export function rowsOrStatistics(
  sides: MetricSides,
  side: "real" | "fake",
  input: "statistics" | "spatialStatistics",
): NDArray<"f32"> | FeatureStatistics {
  const rows = input === "statistics" ? sides[side].features : sides[side].spatial;
  return rows ?? (sides[side][input] as FeatureStatistics);
}

/** Features of real and fake images. */
export const bothFeatures = (sides: MetricSides): readonly [NDArray<"f32">, NDArray<"f32">] => [
  given(sides, "real", "features"),
  given(sides, "fake", "features"),
];
