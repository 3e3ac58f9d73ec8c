import type { FeatureStatistics } from "@gmem/spec";
import { array, checkFinite, type Engine, GMemError, type NDArray, ShapeError } from "@gmem/tensor";
import { type BlockMoments, RunningMoments, scatterProgram } from "@gmem/tensor/linalg";

type Blocks = NDArray<"f32"> | Iterable<NDArray<"f32">> | AsyncIterable<NDArray<"f32">>;

/** Rows of one call of the engine; blocks are cut to it. */
const blockRows = 2048;

export interface FeatureStatisticsOptions {
  /** Multiplies blocks, in float64 where it can; in float32, which keeps seven digits, where it cannot. */
  readonly engine?: Engine | undefined;
  /**
   * What the mean is added up in: `float64`, or `float32`, row after row, as evaluators that give numpy's `mean` features of
   * 32 bits. The covariance is float64 either way, as numpy's `cov` has it.
   */
  readonly mean?: "float32" | "float64";
}

/**
 * Mean and unbiased covariance of features [N,d], given at once or in blocks, accumulated in float64.
 * @throws {ShapeError} if a block is not [N,d]. @throws {GMemError} code `DATA` for fewer than two rows, `NON_FINITE`.
 * @example
 * const statistics = await featureStatistics(key(0).normal([100, 4]));
 */
export async function featureStatistics(
  features: Blocks,
  options: FeatureStatisticsOptions = {},
): Promise<FeatureStatistics> {
  const { engine } = options;
  const dtype = engine?.dtypes.has("f64") ? "f64" : "f32";
  let sums: Float32Array | undefined;
  let moments: RunningMoments | undefined;
  let program: Awaited<ReturnType<typeof scatterProgram>> | undefined;
  try {
    for await (const { shape, data } of "data" in features ? [features] : features) {
      const [, d = 0] = shape;
      if (shape.length !== 2 || d === 0 || (moments && moments.dim !== d))
        throw new ShapeError("featureStatistics", `features must be [N,${moments?.dim ?? "d"}]`, [shape]);
      moments ??= new RunningMoments(d);
      const { count } = moments;
      const block: NDArray = { dtype: "f32", shape, data };
      checkFinite({ features: block }, { where: "featureStatistics", row: (i) => `image ${count + i}` });
      if (options.mean === "float32") sums = addRows(sums ?? new Float32Array(d), data);
      if (engine) program ??= await scatterProgram(engine, { dim: d, rows: blockRows, dtype });
      if (!program) moments.add(data);
      else
        for (let at = 0; at < data.length; at += blockRows * d)
          moments.merge(await program.run(data.subarray(at, at + blockRows * d)));
    }
  } finally {
    await program?.dispose();
  }
  const statistics = statisticsOf(moments ?? { count: 0, mean: new Float64Array(), scatter: new Float64Array() });
  return sums ? { ...statistics, mean: Float64Array.from(sums.map((sum) => sum / statistics.count)) } : statistics;
}

/** Rows added one after the other in float32. */
function addRows(sums: Float32Array, rows: Float32Array): Float32Array {
  for (let at = 0; at < rows.length; at++) {
    const column = at % sums.length;
    sums[column] = (sums[column] as number) + (rows[at] as number);
  }
  return sums;
}

/**
 * Statistics of running moments; those of shards merge exactly.
 * @throws {GMemError} code `DATA` for fewer than two rows, `NON_FINITE`.
 * @example
 * const [a, b] = [new RunningMoments(1).add(Float32Array.of(1, 2)), new RunningMoments(1).add(Float32Array.of(6))];
 * statisticsOf(a.merge(b)); // count 3, mean 3, covariance 7
 */
export function statisticsOf({ count, mean, scatter }: BlockMoments): FeatureStatistics {
  if (count < 2) throw new GMemError("DATA", `featureStatistics: a covariance needs at least 2 rows, got ${count}`);
  const statistics = { count, mean: mean.slice(), covariance: scatter.map((value) => value / (count - 1)) };
  checkStatistics(statistics, "featureStatistics");
  return statistics;
}

/** @throws {GMemError} code `NON_FINITE` naming mean or covariance, and the place. */
export function checkStatistics({ mean, covariance }: FeatureStatistics, where: string): void {
  const d = mean.length;
  checkFinite({ mean: array(mean, [d], "f64"), covariance: array(covariance, [d, d], "f64") }, { where });
}
