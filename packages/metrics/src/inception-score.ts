import { checkFinite, GMemError, type NDArray, ShapeError } from "@gmem/tensor";

/** An Inception score, and those of its splits. */
export interface InceptionScore {
  /** Mean over the splits. */
  readonly score: number;
  readonly splits: readonly number[];
}

/**
 * exp(E KL(p(y|x) ‖ p(y))) of logits [N,K], averaged over consecutive splits, the last of which may be shorter; in float64.
 * @param options.splitSize Rows of a split; default 5,000, as in ADM's evaluator.
 * @throws {ShapeError} unless logits are [N,K]. @throws {GMemError} code `CONFIG` for a split size below 1, `NON_FINITE`.
 * @example
 * const { score } = inceptionScore(array([50, 0, 0, 50], [2, 2])); // two images, each sure of another class: 2
 */
export function inceptionScore(logits: NDArray<"f32">, options: { readonly splitSize?: number } = {}): InceptionScore {
  const [n = 0, classes = 0] = logits.shape;
  const { splitSize = 5000 } = options;
  if (logits.shape.length !== 2 || n === 0 || classes === 0)
    throw new ShapeError("inceptionScore", "needs logits [N,K] of at least one image", [logits.shape]);
  if (!Number.isInteger(splitSize) || splitSize < 1)
    throw new GMemError("CONFIG", `inceptionScore: splitSize must be a whole number from 1, got ${splitSize}`);
  checkFinite({ logits }, { where: "inceptionScore" });
  const splits: number[] = [];
  for (let from = 0; from < n; from += splitSize)
    splits.push(scoreOf(logits.data.subarray(from * classes, Math.min(n, from + splitSize) * classes), classes));
  return { score: splits.reduce((sum, value) => sum + value, 0) / splits.length, splits };
}

/** exp(mean Σ_y p(y|x) (log p(y|x) − log p(y))): the mean negative entropy plus the entropy of the marginal. */
function scoreOf(logits: Float32Array, classes: number): number {
  const rows = logits.length / classes;
  const marginal = new Float64Array(classes);
  let negativeEntropy = 0;
  for (let row = 0; row < rows; row++) {
    const values = Float64Array.from(logits.subarray(row * classes, (row + 1) * classes));
    const largest = values.reduce((a, b) => Math.max(a, b));
    const logSum = Math.log(values.reduce((sum, value) => sum + Math.exp(value - largest), 0)) + largest;
    values.forEach((value, y) => {
      const share = Math.exp(value - logSum);
      marginal[y] = (marginal[y] as number) + share / rows;
      negativeEntropy += (share * (value - logSum)) / rows;
    });
  }
  const entropy = marginal.reduce((sum, share) => sum - (share > 0 ? share * Math.log(share) : 0), 0);
  return Math.exp(negativeEntropy + entropy);
}
