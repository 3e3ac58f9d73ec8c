import { checkFinite, GMemError, type NDArray, ShapeError, takeRows } from "@gmem/tensor";

/** An Inception score, and those of its splits. */
export interface InceptionScore {
  /** Mean over the splits. */
  readonly score: number;
  readonly splits: readonly number[];
  /** Deviation over the splits, of a population or, by `degrees: 1`, of a sample. */
  readonly deviation: number;
  /** Standard error of the score over images, from each image's share of it. */
  readonly error: number;
}

export interface InceptionScoreOptions {
  /** Rows of a split, the last of which may be shorter and counts as the others do; default 5,000, as in ADM's evaluator. */
  readonly splitSize?: number;
  /** Instead of a size: how many splits, and what is done with N that is no multiple of it. */
  readonly splits?: { readonly count: number; readonly remainder: Remainder };
  /** Which row comes where; default as given. */
  readonly order?: Int32Array;
  /** Taken from the number of splits in the deviation; default 0. */
  readonly degrees?: 0 | 1;
}

/**
 * Splits of N rows: `spread` from ⌊iN/count⌋ to ⌊(i+1)N/count⌋, `dropped` of ⌊N/count⌋ rows each, `short` of ⌈N/count⌉ rows, of
 * which the last has fewer and some may not exist.
 */
export type Remainder = "spread" | "dropped" | "short";

/**
 * exp(E KL(p(y|x) ‖ p(y))) of logits [N,K] (Salimans et al. 2016), the mean over splits of the rows; in float64.
 * @throws {ShapeError} unless logits are [N,K]. @throws {GMemError} code `CONFIG` for a split size below 1, `DATA` for fewer
 * rows than splits, `NON_FINITE`.
 * @example
 * const { score } = inceptionScore(array([50, 0, 0, 50], [2, 2])); // two images, each sure of another class: 2
 */
export function inceptionScore(logits: NDArray<"f32">, options: InceptionScoreOptions = {}): InceptionScore {
  const [n = 0, classes = 0] = logits.shape;
  const { order, degrees = 0 } = options;
  if (logits.shape.length !== 2 || n === 0 || classes === 0)
    throw new ShapeError("inceptionScore", "needs logits [N,K] of at least one image", [logits.shape]);
  checkFinite({ logits }, { where: "inceptionScore" });
  const { data } = order ? takeRows(logits, order) : logits;
  const parts = boundsOf(n, options).map(([from, to]) => scoreOf(data.subarray(from * classes, to * classes), classes));
  const splits = parts.map(({ score }) => score);
  const score = splits.reduce((sum, value) => sum + value, 0) / splits.length;
  const spread = splits.reduce((sum, value) => sum + (value - score) ** 2, 0);
  return {
    score,
    splits,
    deviation: Math.sqrt(spread / (splits.length - degrees)),
    error: Math.sqrt(parts.reduce((sum, { error }) => sum + error ** 2, 0)) / splits.length,
  };
}

type Bounds = readonly [from: number, to: number];

function boundsOf(n: number, { splitSize = 5000, splits }: InceptionScoreOptions): readonly Bounds[] {
  if (!splits) {
    if (!Number.isInteger(splitSize) || splitSize < 1)
      throw new GMemError("CONFIG", `inceptionScore: splitSize must be a whole number from 1, got ${splitSize}`);
    return stepsOf(n, splitSize);
  }
  const { count, remainder } = splits;
  if (!Number.isInteger(count) || count < 1)
    throw new GMemError("CONFIG", `inceptionScore: splits.count must be a whole number from 1, got ${count}`);
  if (n < count) throw new GMemError("DATA", `inceptionScore: ${count} splits need at least ${count} images, got ${n}`);
  if (remainder === "short") return stepsOf(n, Math.ceil(n / count));
  const at = (i: number): number => (remainder === "spread" ? Math.floor((i * n) / count) : i * Math.floor(n / count));
  return Array.from({ length: count }, (_, i): Bounds => [at(i), at(i + 1)]);
}

const stepsOf = (n: number, size: number): readonly Bounds[] =>
  Array.from({ length: Math.ceil(n / size) }, (_, i): Bounds => [i * size, Math.min(n, (i + 1) * size)]);

/** exp(mean KL_i), KL_i = Σ_y p(y|x_i) (log p(y|x_i) − log p(y)), and its standard error exp(mean KL) sd(KL_i)/√n. */
function scoreOf(logits: Float32Array, classes: number): { readonly score: number; readonly error: number } {
  const rows = logits.length / classes;
  const marginal = new Float64Array(classes);
  const logs = Float64Array.from(logits);
  for (let row = 0; row < rows; row++) {
    const values = logs.subarray(row * classes, (row + 1) * classes);
    const largest = values.reduce((a, b) => Math.max(a, b));
    const logSum = Math.log(values.reduce((sum, value) => sum + Math.exp(value - largest), 0)) + largest;
    for (let y = 0; y < classes; y++) {
      values[y] = (values[y] as number) - logSum;
      marginal[y] = (marginal[y] as number) + Math.exp(values[y] as number) / rows;
    }
  }
  const logMarginal = marginal.map(Math.log);
  const divergences = Float64Array.from({ length: rows }, (_, row) => {
    let sum = 0;
    for (let y = 0; y < classes; y++) {
      const log = logs[row * classes + y] as number;
      const share = Math.exp(log);
      if (share > 0) sum += share * (log - (logMarginal[y] as number));
    }
    return sum;
  });
  const mean = divergences.reduce((sum, value) => sum + value, 0) / rows;
  const variance = divergences.reduce((sum, value) => sum + (value - mean) ** 2, 0) / Math.max(1, rows - 1);
  const score = Math.exp(mean);
  return { score, error: score * Math.sqrt(variance / rows) };
}
