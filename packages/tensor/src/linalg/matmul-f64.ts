import { ShapeError } from "../errors.ts";

export interface MatmulSize {
  readonly m: number;
  readonly k: number;
  readonly n: number;
}

/**
 * The product A·B in float64 on the CPU, four rows by four columns at a time; operands may be float32.
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
  const left = a instanceof Float64Array ? a : Float64Array.from(a);
  const right = transposeB ? (b instanceof Float64Array ? b : Float64Array.from(b)) : transposed(b, k, n);
  const out = new Float64Array(m * n);
  const symmetric = a === b && transposeB && m === n; // x xᵀ: half the tiles
  for (let i = 0; i < m; i += 4)
    for (let j = symmetric ? i : 0; j < n; j += 4)
      if (i + 4 <= m && j + 4 <= n) tile(left, right, out, { i: i * k, j: j * k, k, at: i * n + j, n });
      else
        for (let r = i; r < Math.min(i + 4, m); r++)
          for (let c = j; c < Math.min(j + 4, n); c++) {
            let sum = 0;
            for (let q = 0; q < k; q++) sum += (left[r * k + q] as number) * (right[c * k + q] as number);
            out[r * n + c] = sum;
          }
  if (symmetric) for (let i = 0; i < n; i++) for (let j = 0; j < i; j++) out[i * n + j] = out[j * n + i] as number;
  return out;
}

/** [rows,columns] → [columns,rows] in float64. */
function transposed(x: Float64Array | Float32Array, rows: number, columns: number): Float64Array {
  const out = new Float64Array(x.length);
  for (let i = 0; i < rows; i++) for (let j = 0; j < columns; j++) out[j * rows + i] = x[i * columns + j] as number;
  return out;
}

interface Tile {
  /** Offsets of four consecutive rows of both operands, and of the result. */
  readonly i: number;
  readonly j: number;
  readonly k: number;
  readonly at: number;
  readonly n: number;
}

/** Sixteen dot products that share their loads: four rows of x, two by two with four rows of y. */
function tile(x: Float64Array, y: Float64Array, out: Float64Array, { i, j, k, at, n }: Tile): void {
  for (let half = 0; half < 4; half += 2) {
    const [x0, x1] = [i + half * k, i + (half + 1) * k];
    let [a0, a1, a2, a3, b0, b1, b2, b3] = [0, 0, 0, 0, 0, 0, 0, 0];
    for (let q = 0; q < k; q++) {
      const u = x[x0 + q] as number;
      const v = x[x1 + q] as number;
      const y0 = y[j + q] as number;
      const y1 = y[j + k + q] as number;
      const y2 = y[j + 2 * k + q] as number;
      const y3 = y[j + 3 * k + q] as number;
      a0 += u * y0;
      a1 += u * y1;
      a2 += u * y2;
      a3 += u * y3;
      b0 += v * y0;
      b1 += v * y1;
      b2 += v * y2;
      b3 += v * y3;
    }
    out.set([a0, a1, a2, a3], at + half * n);
    out.set([b0, b1, b2, b3], at + (half + 1) * n);
  }
}
