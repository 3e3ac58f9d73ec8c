import type { FeatureStatistics } from "@gmem/spec";
import { array, type Engine, type NDArray, rowRunner, square, sum } from "@gmem/tensor";
import { matmulF64, symmetricEigen } from "@gmem/tensor/linalg";
import { checkPair } from "../feature-pair.ts";
import { featureStatistics } from "./feature-statistics.ts";

/** What real rows of one class or cluster have of a Fréchet distance. */
export interface TransportShare {
  /** Of the distance; all add up to 1. */
  readonly share: number;
  /** Real rows. */
  readonly rows: number;
}

/** Below this share of the largest a variance counts as none. */
const least = 1e-10;

/**
 * The share that each class of real rows [N,d] has of their Fréchet distance to others [M,d]. The distance is what the best map
 * between the two Gaussians moves a row by, E ‖x − T(x)‖² with T(x) = μ₂ + A (x − μ₁) and
 * A = S₁^−½ (S₁^½ S₂ S₁^½)^½ S₁^−½ (Givens & Shortt 1984): a sum over rows, cut by class.
 * @param options.labels Class of every real row, from 0 on.
 * @returns undefined for no more rows than features on the real side, whose covariance has no inverse.
 * @throws {ShapeError} if the widths differ. @throws {GMemError} code `NON_FINITE`.
 * @example
 * // no-run
 * const shares = await transportShares(real, fake, { labels, engine });
 */
export async function transportShares(
  real: NDArray<"f32">,
  fake: NDArray<"f32">,
  options: { readonly labels: ArrayLike<number>; readonly engine: Engine },
): Promise<readonly TransportShare[] | undefined> {
  checkPair("transportShares", [real, fake]);
  const { labels, engine } = options;
  const [n = 0, d = 0] = real.shape;
  if (n <= d) return undefined;
  const [a, b] = [await featureStatistics(real, { engine }), await featureStatistics(fake, { engine })];
  const map = await transportMap(a, b);
  if (!map) return undefined;
  const costs = await movedBy(real, { a, b, map, engine });
  const classes = Math.max(...Array.from({ length: n }, (_, i) => labels[i] as number)) + 1;
  const [sums, rows] = [new Float64Array(classes), new Int32Array(classes)];
  for (let i = 0; i < n; i++) {
    const label = labels[i] as number;
    sums[label] = (sums[label] as number) + (costs[i] as number);
    rows[label] = (rows[label] as number) + 1;
  }
  const total = sums.reduce((all, cost) => all + cost, 0);
  return Array.from(sums, (cost, label) => ({ share: total === 0 ? 0 : cost / total, rows: rows[label] as number }));
}

/** A [d,d], or undefined for a singular S₁. */
async function transportMap(a: FeatureStatistics, b: FeatureStatistics): Promise<Float64Array | undefined> {
  const n = a.mean.length;
  const { values, vectors } = await symmetricEigen(a.covariance, n);
  if ((values[n - 1] as number) < least * (values[0] as number)) return undefined;
  const power = (of: { values: Float64Array; vectors: Float64Array }, p: number): Float64Array => {
    const scaled = of.vectors.map((v, at) => v * Math.max(of.values[at % n] as number, 0) ** p);
    return matmulF64(scaled, of.vectors, { m: n, k: n, n, transposeB: true });
  };
  const times = (x: Float64Array, y: Float64Array): Float64Array => matmulF64(x, y, { m: n, k: n, n });
  const [root, inverse] = [power({ values, vectors }, 0.5), power({ values, vectors }, -0.5)];
  const middle = await symmetricEigen(times(times(root, b.covariance), root), n);
  return times(times(inverse, power(middle, 0.5)), inverse);
}

/** ‖x − T(x)‖² of every row, x − T(x) = (x − μ₁)(I − A) + μ₁ − μ₂ as A is symmetric. */
async function movedBy(
  real: NDArray<"f32">,
  of: {
    readonly a: FeatureStatistics;
    readonly b: FeatureStatistics;
    readonly map: Float64Array;
    readonly engine: Engine;
  },
): Promise<Float32Array> {
  const { a, b, map, engine } = of;
  const d = a.mean.length;
  const rest = Float32Array.from(map, (value, at) => (Math.floor(at / d) === at % d ? 1 : 0) - value);
  const parameters = {
    rest: array(rest, [d, d]),
    mean: array(Float32Array.from(a.mean), [1, d]),
    step: array(
      Float32Array.from(a.mean, (value, i) => value - (b.mean[i] as number)),
      [1, d],
    ),
  };
  const runner = rowRunner({ engine, batchSize: 256, parameters });
  try {
    const { cost } = await runner.run(real, {
      name: "cost",
      network: (p, x) => ({ cost: sum(square(x.sub(p.mean).matmul(p.rest).add(p.step)), { axes: [1] }) }),
    });
    return cost.data as Float32Array;
  } finally {
    await runner.dispose();
  }
}
