import { array, constant, type NDArray, ShapeError, type Tensor } from "@gmem/tensor";

export interface Grid {
  readonly rows: number;
  readonly columns: number;
  /** Positions from one token to the next, [1, 1] by default; less where a finer grid covers the range of a coarser one. */
  readonly step?: readonly [row: number, column: number];
}

/**
 * The fixed position table of MAE and DiT, [1,T,D]: row of token (r, c) is [e(c), e(r)], the column first, with
 * e(m) = [sin(m ω), cos(m ω)], ω_k = 10000^(−k/(D/4)), m the row or column times its step.
 * @throws {ShapeError} if D is not divisible by 4.
 */
export function sinCosTable({ rows, columns, step: [down, right] = [1, 1] }: Grid, dim: number): NDArray<"f32"> {
  if (dim % 4 !== 0) throw new ShapeError("sinCosTable", "D must be divisible by 4", [[rows * columns, dim]]);
  const quarter = dim / 4;
  const table = new Float32Array(rows * columns * dim);
  for (let token = 0; token < rows * columns; token++) {
    const position = [right * (token % columns), down * Math.floor(token / columns)] as const;
    for (let k = 0; k < quarter; k++) {
      const omega = 10000 ** (-k / quarter);
      position.forEach((m, half) => {
        const start = token * dim + half * 2 * quarter + k;
        table[start] = Math.sin(m * omega);
        table[start + quarter] = Math.cos(m * omega);
      });
    }
  }
  return array(table, [1, rows * columns, dim]);
}

/** Angles of a two-dimensional rotary embedding. */
export interface RotaryTable {
  /** [T,hd]. */
  readonly cos: NDArray<"f32">;
  readonly sin: NDArray<"f32">;
}

/**
 * Axial rotary angles (Su et al. 2021; EVA-02): the first half of a head turns with the row, the second with the column;
 * frequency m is 10000^(−2m/q), q = hd/2, each used for a pair of neighbours. Positions are rows and columns times the step.
 */
export function rotaryTable({ rows, columns, step: [down, right] = [1, 1] }: Grid, headDim: number): RotaryTable {
  const q = headDim / 2;
  const angle = (token: number, j: number): number => {
    const position = j < q ? down * Math.floor(token / columns) : right * (token % columns);
    return position * 10000 ** ((-2 * Math.floor((j % q) / 2)) / q);
  };
  const table = (wave: (angle: number) => number): NDArray<"f32"> =>
    array(
      Float32Array.from({ length: rows * columns * headDim }, (_, i) =>
        wave(angle(Math.floor(i / headDim), i % headDim)),
      ),
      [rows * columns, headDim],
    );
  return { cos: table(Math.cos), sin: table(Math.sin) };
}

/** Rotates neighbouring pairs of x [N,heads,T,hd]: (a, b) → (a cos − b sin, b cos + a sin). */
export function rotate(x: Tensor, cos: Tensor, sin: Tensor): Tensor {
  const d = x.shape.at(-1) as number;
  const swap = new Float32Array(d * d); // x·swap = (−b, a) for each pair
  for (let k = 0; k < d; k += 2) {
    swap[(k + 1) * d + k] = -1;
    swap[k * d + k + 1] = 1;
  }
  return x.mul(cos).add(x.matmul(constant(array(swap, [d, d]))).mul(sin));
}
