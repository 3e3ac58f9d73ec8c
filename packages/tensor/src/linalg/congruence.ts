import { ShapeError } from "../errors.ts";
import { addProduct, type MatrixView } from "./add-product.ts";

/** Rows of a block; products inside a block count the zeros of L too. */
const block = 128;

/**
 * Lᵀ B L in float64 for a lower triangular L and a symmetric B: a quarter of the work of two general products, as
 * zeros and the upper half of the result are left out. With L Lᵀ = A its eigenvalues are those of A B.
 * @param l [n,n] row-major, zero above the diagonal.
 * @param b [n,n] row-major, symmetric.
 * @returns [n,n] row-major, symmetric.
 * @throws {ShapeError} if a matrix has not n² entries.
 * @example
 * congruence(Float64Array.of(1, 0, 2, 1), Float64Array.of(3, 0, 0, 1), { n: 2 }); // 7, 2, 2, 1
 */
export function congruence(l: Float64Array, b: Float64Array, options: { readonly n: number }): Float64Array {
  const { n } = options;
  if (l.length !== n * n || b.length !== n * n)
    throw new ShapeError("congruence", `needs two matrices of n² = ${n * n} entries`, [[l.length], [b.length]]);
  const view = (data: Float64Array, i: number, j: number): MatrixView & { data: Float64Array } => ({
    data,
    at: i * n + j,
    row: n,
    column: 1,
  });
  const upper = (i: number, j: number): MatrixView => ({ data: l, at: j * n + i, row: 1, column: n }); // Lᵀ from (i,j) on
  const product = new Float64Array(n * n); // Lᵀ B, on and right of the diagonal blocks
  const out = new Float64Array(n * n);
  for (let i = 0; i < n; i += block) {
    const [m, rest] = [Math.min(block, n - i), n - i];
    addProduct(view(product, i, i), upper(i, i), view(b, i, i), { m, n: rest, k: rest });
  }
  for (let i = 0; i < n; i += block) {
    const m = Math.min(block, n - i);
    addProduct(view(out, i, 0), upper(i, i), view(product, 0, i), { m, n: i + m, k: n - i }); // (Lᵀ B) L, transposed
  }
  for (let i = 0; i < n; i++) for (let j = 0; j < i; j++) out[j * n + i] = out[i * n + j] as number;
  return out;
}
