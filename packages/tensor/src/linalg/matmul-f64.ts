import { ShapeError } from "../errors.ts";
import { addProduct } from "./add-product.ts";

export interface MatmulSize {
  readonly m: number;
  readonly k: number;
  readonly n: number;
}

/**
 * The product A·B in float64 on the CPU, blocked for its caches; operands may be float32. x xᵀ takes half the work.
 * @param a [m,k] row-major.
 * @param b [k,n] row-major, or [n,k] with `transposeB`.
 * @returns [m,n] row-major.
 * @throws {ShapeError} if an operand has another number of entries.
 * @example
 * matmulF64(Float64Array.of(1, 2, 3, 4), Float64Array.of(1, 1), { m: 2, k: 2, n: 1 }); // 3, 7
 */
export function matmulF64(
  a: Float64Array | Float32Array,
  b: Float64Array | Float32Array,
  size: MatmulSize & { readonly transposeB?: boolean },
): Float64Array {
  const { m, k, n, transposeB = false } = size;
  if (a.length !== m * k || b.length !== k * n)
    throw new ShapeError("matmulF64", `operands must be [${m},${k}] and [${k},${n}]`, [[a.length], [b.length]]);
  const out = new Float64Array(m * n);
  const lower = a === b && transposeB && m === n;
  addProduct(
    { data: out, at: 0, row: n, column: 1 },
    { data: a, at: 0, row: k, column: 1 },
    { data: b, at: 0, row: transposeB ? k : 1, column: transposeB ? 1 : n },
    { m, n, k, lower },
  );
  if (lower) for (let i = 0; i < n; i++) for (let j = 0; j < i; j++) out[j * n + i] = out[i * n + j] as number;
  return out;
}
