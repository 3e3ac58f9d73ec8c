import type { FeatureStatistics, Metric, MetricInput, MetricSide, MetricSides } from "@gmem/spec";
import { array, key, type NDArray } from "@gmem/tensor";
import { pictures } from "./pictures.ts";

export interface SidesOptions {
  /** Images a side. */
  readonly count: number;
  /** Columns of each input. */
  readonly width: number;
  /** Rows and columns of pictures. */
  readonly imageSize: number;
}

/** Everything that a metric may be given, real and fake drawn from two distributions. */
export function metricSides({ count, width, imageSize }: SidesOptions): Required<MetricSides> {
  const side = (which: number): MetricSide => {
    const rows = (input: string): NDArray<"f32"> => {
      const { data, shape } = key(31).split(which).split(input).normal([count, width]);
      return array(
        data.map((value) => value + which / 2),
        shape,
      );
    };
    const [features, spatial] = [rows("features"), rows("spatial")];
    const halves = [pictures(Math.ceil(count / 2), imageSize, which * count)];
    if (count > 1) halves.push(pictures(Math.floor(count / 2), imageSize, which * count + Math.ceil(count / 2)));
    return {
      features,
      spatial,
      logits: rows("logits"),
      statistics: moments(features),
      spatialStatistics: moments(spatial),
      pictures: () => halves,
    };
  };
  return { real: side(0), fake: side(1) };
}

/** Only what a metric says that it needs; of statistics, the rows that they are of in their place if `rows` says so. */
export function neededOf({ needs }: Metric, sides: MetricSides, { rows }: { readonly rows: boolean }): MetricSides {
  const standing = (input: MetricInput): MetricInput =>
    rows && input === "statistics" ? "features" : rows && input === "spatialStatistics" ? "spatial" : input;
  const only = (side: "real" | "fake"): MetricSide =>
    Object.fromEntries(needs[side].map(standing).map((input) => [input, sides[side][input]]));
  return { real: only("real"), fake: only("fake") };
}

/** The sides with one value of an input replaced by NaN. */
export function spoiled(sides: MetricSides, side: "real" | "fake", input: MetricInput): MetricSides {
  const broken = (rows: NDArray<"f32">): NDArray<"f32"> => array(rows.data.slice().fill(Number.NaN, 4, 5), rows.shape);
  const given = sides[side];
  const replaced = (): Partial<MetricSide> => {
    if (input === "pictures")
      return { pictures: () => [...((given.pictures?.() ?? []) as NDArray<"f32">[])].map(broken) };
    if (input === "statistics" || input === "spatialStatistics") {
      const { count, mean, covariance } = given[input] as FeatureStatistics;
      return { [input]: { count, mean: mean.slice().fill(Number.NaN, 1, 2), covariance } };
    }
    return { [input]: broken(given[input] as NDArray<"f32">) };
  };
  return { ...sides, [side]: { ...given, ...replaced() } };
}

/** Mean and unbiased covariance, by their definition. */
function moments({ data, shape }: NDArray<"f32">): FeatureStatistics {
  const [count, d] = shape as [number, number];
  const at = (row: number, column: number): number => data[row * d + column] as number;
  const mean = Float64Array.from({ length: d }, (_, j) => {
    let sum = 0;
    for (let i = 0; i < count; i++) sum += at(i, j);
    return sum / count;
  });
  const covariance = Float64Array.from({ length: d * d }, (_, place) => {
    const [j, k] = [Math.floor(place / d), place % d];
    let sum = 0;
    for (let i = 0; i < count; i++) sum += (at(i, j) - (mean[j] as number)) * (at(i, k) - (mean[k] as number));
    return sum / (count - 1);
  });
  return { count, mean, covariance };
}
