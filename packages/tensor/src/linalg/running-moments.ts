import { GMemError, ShapeError } from "../errors.ts";
import { matmulF64 } from "./matmul-f64.ts";

/** Count, mean and scatter of some rows. */
export interface BlockMoments {
  readonly count: number;
  /** [d]. */
  readonly mean: Float64Array;
  /** [d,d], Σ (x − mean)(x − mean)ᵀ. */
  readonly scatter: Float64Array;
}

/** Rows a block of the plain path has; keeps the transposed block in cache. */
const blockRows = 256;

/**
 * Count, mean and scatter matrix of rows that arrive in blocks, in float64. Merging is exact: shards give what one pass
 * gives (Chan, Golub & LeVeque 1979; docs/formulas.md, "Moments").
 *     n = n₁+n₂, δ = μ₂−μ₁, μ = μ₁ + δ n₂/n, G = G₁ + G₂ + (n₁n₂/n) δ δᵀ
 * @example
 * const moments = new RunningMoments(2);
 * moments.add(Float32Array.of(1, 2, 3, 4)); // two rows
 * moments.mean; // 2, 3
 */
export class RunningMoments implements BlockMoments {
  readonly dim: number;
  readonly mean: Float64Array;
  readonly scatter: Float64Array;
  #count = 0;

  constructor(dim: number) {
    this.dim = dim;
    this.mean = new Float64Array(dim);
    this.scatter = new Float64Array(dim * dim);
  }

  get count(): number {
    return this.#count;
  }

  /** Moments that were stored: `RunningMoments.from({ count, mean, scatter })`. @throws {ShapeError} if sizes disagree. */
  static from(stored: BlockMoments): RunningMoments {
    return new RunningMoments(stored.mean.length).merge(stored);
  }

  /**
   * Adds rows [n,d], row-major.
   * @throws {ShapeError} if the values do not fill rows.
   * @throws {GMemError} code `NON_FINITE` for NaN or infinite values.
   */
  add(rows: Float32Array | Float64Array): this {
    const { dim } = this;
    if (rows.length % dim !== 0)
      throw new ShapeError("RunningMoments.add", `needs rows of ${dim} values`, [[rows.length]]);
    for (let from = 0; from < rows.length; from += blockRows * dim)
      this.merge(blockMoments(rows.subarray(from, from + blockRows * dim), dim));
    return this;
  }

  /**
   * Adds the moments of other rows: another shard's, or a block's that an engine computed.
   * @throws {ShapeError} if the other has rows of another width.
   */
  merge(other: BlockMoments): this {
    const { dim, mean, scatter } = this;
    if (other.mean.length !== dim || other.scatter.length !== dim * dim)
      throw new ShapeError("RunningMoments.merge", `needs mean [${dim}] and scatter [${dim},${dim}]`, [
        [other.mean.length],
        [other.scatter.length],
      ]);
    if (other.count === 0) return this;
    const total = this.#count + other.count;
    const delta = other.mean.map((value, i) => value - (mean[i] as number));
    const weight = (this.#count * other.count) / total;
    for (let i = 0; i < dim; i++) {
      const scaled = weight * (delta[i] as number);
      for (let j = 0, at = i * dim; j < dim; j++, at++)
        scatter[at] = (scatter[at] as number) + (other.scatter[at] as number) + scaled * (delta[j] as number);
      mean[i] = (mean[i] as number) + ((delta[i] as number) * other.count) / total;
    }
    this.#count = total;
    return this;
  }
}

/** Moments of rows [n,d] in plain float64. @throws {GMemError} code `NON_FINITE` */
function blockMoments(rows: Float32Array | Float64Array, dim: number): BlockMoments {
  const count = rows.length / dim;
  const columns = new Float64Array(rows.length); // [d,n]
  const mean = new Float64Array(dim);
  for (let j = 0; j < dim; j++) {
    let sum = 0;
    for (let i = 0; i < count; i++) sum += columns[j * count + i] = rows[i * dim + j] as number;
    mean[j] = sum / count;
    if (!Number.isFinite(sum))
      throw new GMemError("NON_FINITE", `RunningMoments.add: rows must be finite, got ${sum} in column ${j}`);
    for (let i = 0; i < count; i++) columns[j * count + i] = (columns[j * count + i] as number) - (mean[j] as number);
  }
  return { count, mean, scatter: matmulF64(columns, columns, { m: dim, k: count, n: dim, transposeB: true }) };
}
