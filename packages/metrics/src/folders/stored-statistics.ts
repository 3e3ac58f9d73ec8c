import type { FeatureStatistics } from "@gmem/spec";
import { array, GMemError, type Named, type NDArray } from "@gmem/tensor";
import { openNpz, writeNpz } from "@gmem/weights";

/** Statistics of a reference as evaluators keep them. */
export interface StoredStatistics {
  readonly features: FeatureStatistics;
  /** Of sFID. */
  readonly spatial?: FeatureStatistics;
  /** Of the extractor, where the file says it: those of other evaluators do not. */
  readonly id?: string;
  /** Whether the file has pictures too, `arr_0`, as ADM's references have for precision and recall. */
  readonly withPictures?: boolean;
}

/**
 * Reads `mu` and `sigma`, with `mu_s` and `sigma_s` where they are: the layout of ADM's references and of pytorch-fid. How
 * many images they are of stands in our own files alone; the count is 0 where it does not.
 * @returns undefined for a file without `mu`.
 * @throws {GMemError} code `DATA` for arrays of sizes that do not belong together, `FORMAT` for no npz.
 * @example
 * // no-run
 * const reference = await readStatistics("VIRTUAL_imagenet256_labeled.npz");
 */
export async function readStatistics(path: string): Promise<StoredStatistics | undefined> {
  const file = await openNpz(path);
  try {
    if (!file.tensors.mu) return undefined;
    const arrays: Record<string, NDArray> = {};
    for (const name of own) if (file.tensors[name]) arrays[name] = await file.read(name);
    const count = arrays.count?.data[0] ?? 0;
    const pair = (mu: string, sigma: string): FeatureStatistics => statisticsIn(path, { arrays, mu, sigma, count });
    return {
      features: pair("mu", "sigma"),
      ...(arrays.mu_s && { spatial: pair("mu_s", "sigma_s") }),
      ...(arrays.extractor && { id: String.fromCharCode(...arrays.extractor.data) }),
      withPictures: file.tensors.arr_0 !== undefined,
    };
  } finally {
    await file.close();
  }
}

const own = ["mu", "sigma", "mu_s", "sigma_s", "count", "extractor"];

function statisticsIn(
  path: string,
  of: {
    readonly arrays: Named<NDArray>;
    readonly mu: string;
    readonly sigma: string;
    readonly count: number;
  },
): FeatureStatistics {
  const [mean, covariance] = [of.arrays[of.mu], of.arrays[of.sigma]];
  const [d = 0] = mean?.shape ?? [];
  if (!mean || !covariance || mean.shape.length !== 1 || `${covariance.shape}` !== `${d},${d}`)
    throw new GMemError(
      "DATA",
      `statistics: "${path}" must hold ${of.mu} [d] and ${of.sigma} [d,d], got ${of.mu} [${mean?.shape}] and ${of.sigma} [${covariance?.shape ?? "missing"}]`,
    );
  return { count: of.count, mean: Float64Array.from(mean.data), covariance: Float64Array.from(covariance.data) };
}

/**
 * Writes statistics that ADM's evaluator and pytorch-fid read, with the count and the extractor's id beside them.
 * @throws {WeightsError} code `DISK_FULL` when there is no room; the old file is untouched.
 * @example
 * const features = await featureStatistics(key(0).normal([100, 4]));
 * await writeStatistics("reference.npz", { features, id: "mine" });
 */
export async function writeStatistics(path: string, { features, spatial, id }: StoredStatistics): Promise<void> {
  const pair = (mu: string, sigma: string, { mean, covariance }: FeatureStatistics): Named<NDArray> => ({
    [mu]: array(mean, [mean.length], "f64"),
    [sigma]: array(covariance, [mean.length, mean.length], "f64"),
  });
  await writeNpz(path, {
    ...pair("mu", "sigma", features),
    ...(spatial && pair("mu_s", "sigma_s", spatial)),
    count: array(Int32Array.of(features.count), [1], "i32"),
    ...(id !== undefined && {
      extractor: array(
        Int32Array.from(id, (c) => c.charCodeAt(0)),
        [id.length],
        "i32",
      ),
    }),
  });
}

/** @throws {GMemError} code `DATA` for statistics of another extractor, or of another width. */
export function checkStatisticsOf(
  path: string,
  { id, features }: StoredStatistics,
  of: { readonly id: string; readonly width: number },
): void {
  if (id !== undefined && id !== of.id)
    throw new GMemError(
      "DATA",
      `statistics: "${path}" must be of ${of.id}, as the other side is, got those of ${id}; write them again or take their features and protocol`,
    );
  if (features.mean.length !== of.width)
    throw new GMemError(
      "DATA",
      `statistics: "${path}" must be of ${of.width} features, as ${of.id} gives, got ${features.mean.length}; they are of another network`,
    );
}
