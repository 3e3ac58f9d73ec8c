import { GMemError, ShapeError } from "../errors.ts";
import { addProduct } from "./add-product.ts";

/** Columns factored together: what the columns before them contribute is one matrix product. */
const block = 64;

/**
 * Lower triangular L with L Lᵀ = A, in float64.
 * @param a [n,n] row-major, symmetric; its lower triangle is read.
 * @param options.semidefinite Accept a rank-deficient A: a pivot up to 1e-13 of the largest diagonal entry gives a zero column.
 * @returns [n,n] row-major, zero above the diagonal.
 * @throws {ShapeError} if `a` has not n² entries.
 * @throws {GMemError} code `DATA` if A is not positive definite (or, when allowed, semidefinite); the message names the pivot.
 * @example
 * cholesky(Float64Array.of(4, 2, 2, 5), { n: 2 }); // 2, 0, 1, 2
 */
export function cholesky(
  a: Float64Array,
  options: { readonly n: number; readonly semidefinite?: boolean },
): Float64Array {
  const { n, semidefinite = false } = options;
  if (a.length !== n * n) throw new ShapeError("cholesky", `needs n² = ${n * n} entries`, [[a.length]]);
  let largest = 0;
  for (let i = 0; i < n; i++) largest = Math.max(largest, a[i * n + i] as number);
  const negligible = 1e-13 * largest;
  const factor = new Float64Array(n * n);
  for (let i = 0; i < n; i++) factor.set(a.subarray(i * n, i * n + i + 1), i * n);
  for (let from = 0; from < n; from += block) {
    const width = Math.min(block, n - from);
    const left = { data: factor, at: from * n, row: n, column: 1 }; // rows from …, columns 0 … from
    addProduct({ ...left, at: left.at + from }, left, left, { m: n - from, n: width, k: from, scale: -1, lower: true });
    for (let i = from; i < n; i++) {
      for (let j = from; j < Math.min(i, from + width); j++) {
        const pivot = factor[j * n + j] as number;
        const rest = (factor[i * n + j] as number) - dot(factor, i * n + from, j * n + from, j - from);
        factor[i * n + j] = pivot === 0 ? 0 : rest / pivot;
      }
      if (i >= from + width) continue;
      const pivot = (factor[i * n + i] as number) - dot(factor, i * n + from, i * n + from, i - from);
      const positive = pivot > negligible || (pivot > 0 && !semidefinite);
      if (!positive && (!semidefinite || !(pivot >= -1e-8 * largest)))
        throw new GMemError("DATA", `cholesky: the matrix must be positive definite, got pivot ${pivot} in row ${i}`);
      factor[i * n + i] = positive ? Math.sqrt(pivot) : 0;
    }
  }
  return factor;
}

/** Σₖ x[i+k] x[j+k] over `length` entries. */
function dot(x: Float64Array, i: number, j: number, length: number): number {
  let [s0, s1, s2, s3] = [0, 0, 0, 0];
  let k = 0;
  for (; k + 3 < length; k += 4) {
    s0 += (x[i + k] as number) * (x[j + k] as number);
    s1 += (x[i + k + 1] as number) * (x[j + k + 1] as number);
    s2 += (x[i + k + 2] as number) * (x[j + k + 2] as number);
    s3 += (x[i + k + 3] as number) * (x[j + k + 3] as number);
  }
  for (; k < length; k++) s0 += (x[i + k] as number) * (x[j + k] as number);
  return s0 + s1 + (s2 + s3);
}
