/** A matrix inside an array: entry (i, j) is data[at + i·row + j·column]. */
export interface MatrixView {
  readonly data: Float64Array | Float32Array;
  readonly at: number;
  readonly row: number;
  readonly column: number;
}

interface ProductSize {
  readonly m: number;
  readonly n: number;
  readonly k: number;
  /** −1 subtracts. Default 1. */
  readonly scale?: 1 | -1;
  /** Only entries with column ≤ row: C and the product are symmetric. */
  readonly lower?: boolean;
}

/** A register tile is 4×4; [rows, depth] of x stay in the second-level cache, [columns, depth] of y in the third. */
const tile = 4;
const depth = 256;
const rows = 64;
const columns = 512;

/**
 * C += ± X·Yᵀ in float64 with X [m,k], Y [n,k], C [m,n]; C must not overlap X or Y where it is written. Operands are
 * copied block by block into strips of four rows that lie in the order of use (Goto, van de Geijn 2008). An entry is
 * the same number whatever other rows and columns are computed with it.
 */
export function addProduct(
  c: MatrixView & { data: Float64Array },
  x: MatrixView,
  y: MatrixView,
  size: ProductSize,
): void {
  const { m, n, k, scale = 1, lower = false } = size;
  const xs = new Float64Array(padded(Math.min(m, rows)) * Math.min(k, depth));
  const ys = new Float64Array(padded(Math.min(n, columns)) * Math.min(k, depth));
  const sums = new Float64Array(tile * tile);
  for (let j = 0; j < n; j += columns) {
    const width = Math.min(columns, n - j);
    for (let q = 0; q < k; q += depth) {
      const length = Math.min(depth, k - q);
      pack(ys, y, { from: j, count: width, q, length });
      for (let i = lower ? j - (j % rows) : 0; i < m; i += rows) {
        const height = Math.min(rows, m - i);
        pack(xs, x, { from: i, count: height, q, length });
        for (let jj = 0; jj < width; jj += tile)
          for (let ii = 0; ii < height; ii += tile) {
            const [row, column] = [i + ii, j + jj];
            if (lower && row + tile <= column) continue;
            multiply(sums, xs, ys, ii * length, jj * length, length);
            const right = Math.min(column + tile, n);
            for (let r = row; r < Math.min(row + tile, m); r++) {
              const end = lower ? Math.min(right, r + 1) : right;
              const at = c.at + r * c.row;
              for (let s = column; s < end; s++) {
                const sum = sums[(r - row) * tile + s - column] as number;
                c.data[at + s * c.column] = (c.data[at + s * c.column] as number) + scale * sum;
              }
            }
          }
      }
    }
  }
}

const padded = (count: number): number => tile * Math.ceil(count / tile);

interface Block {
  readonly from: number;
  readonly count: number;
  readonly q: number;
  readonly length: number;
}

/** Rows from … from+count−1, columns q … q+length−1: four rows interleaved, strip after strip, zeros below the last row. */
function pack(out: Float64Array, view: MatrixView, { from, count, q, length }: Block): void {
  const { data, row, column } = view;
  let to = 0;
  for (let i = 0; i < count; i += tile) {
    const start = view.at + (from + i) * row + q * column;
    const present = Math.min(tile, count - i);
    if (present === tile)
      for (let p = 0, at = start; p < length; p++, at += column, to += tile) {
        out[to] = data[at] as number;
        out[to + 1] = data[at + row] as number;
        out[to + 2] = data[at + 2 * row] as number;
        out[to + 3] = data[at + 3 * row] as number;
      }
    else
      for (let p = 0; p < length; p++)
        for (let r = 0; r < tile; r++) out[to++] = r < present ? (data[start + p * column + r * row] as number) : 0;
  }
}

/** Sixteen dot products of a strip of x with a strip of y. */
function multiply(out: Float64Array, x: Float64Array, y: Float64Array, i: number, j: number, length: number): void {
  let [a0, a1, a2, a3, b0, b1, b2, b3] = [0, 0, 0, 0, 0, 0, 0, 0];
  let [c0, c1, c2, c3, d0, d1, d2, d3] = [0, 0, 0, 0, 0, 0, 0, 0];
  const end = i + tile * length;
  for (let p = i, q = j; p < end; p += tile, q += tile) {
    const y0 = y[q] as number;
    const y1 = y[q + 1] as number;
    const y2 = y[q + 2] as number;
    const y3 = y[q + 3] as number;
    const x0 = x[p] as number;
    a0 += x0 * y0;
    a1 += x0 * y1;
    a2 += x0 * y2;
    a3 += x0 * y3;
    const x1 = x[p + 1] as number;
    b0 += x1 * y0;
    b1 += x1 * y1;
    b2 += x1 * y2;
    b3 += x1 * y3;
    const x2 = x[p + 2] as number;
    c0 += x2 * y0;
    c1 += x2 * y1;
    c2 += x2 * y2;
    c3 += x2 * y3;
    const x3 = x[p + 3] as number;
    d0 += x3 * y0;
    d1 += x3 * y1;
    d2 += x3 * y2;
    d3 += x3 * y3;
  }
  out[0] = a0;
  out[1] = a1;
  out[2] = a2;
  out[3] = a3;
  out[4] = b0;
  out[5] = b1;
  out[6] = b2;
  out[7] = b3;
  out[8] = c0;
  out[9] = c1;
  out[10] = c2;
  out[11] = c3;
  out[12] = d0;
  out[13] = d1;
  out[14] = d2;
  out[15] = d3;
}
