import { type NDArray, ShapeError } from "@gmem/tensor";
import { matmulF64 } from "@gmem/tensor/linalg";

/** What turns coefficients c into snippets, s = c Bᵀ + μ (Appendix C). */
export interface Factors {
  /** B = V_r S_r^½, [d,r]. */
  readonly basis: NDArray<"f32">;
  /** S, [r], descending singular values of the centred bank. */
  readonly singular: NDArray<"f32">;
  /** μ, [d]. */
  readonly mean: NDArray<"f32">;
}

/** Directions with S_j below this share of S_1 carry rounding only: their coefficients are 0. */
export const negligibleDirection = 1e-7;

/**
 * Coefficients of rows (eq. 3): c = ((s − μ) B) ⊘ S. A row of the bank gets the coefficients it has.
 * @param rows [n,d], normally unit rows. @returns [n,r].
 * @throws {ShapeError} if widths differ.
 */
export function project(factors: Factors, rows: NDArray<"f32">): NDArray<"f32"> {
  const { basis, singular, mean } = factors;
  const [d, r] = basis.shape as readonly [number, number];
  const n = rowsOf("project", rows, d);
  const centred = Float64Array.from(rows.data, (value, at) => value - (mean.data[at % d] as number));
  const products = matmulF64(centred, basis.data, { m: n, k: d, n: r });
  const floor = negligibleDirection * (singular.data[0] ?? 0);
  const data = Float32Array.from(products, (value, at) => {
    const s = singular.data[at % r] as number;
    return s > floor ? value / s : 0;
  });
  return { dtype: "f32", shape: [n, r], data };
}

/**
 * Rows from coefficients (eq. 2): s = c Bᵀ + μ, not renormalised.
 * @param coefficients [n,r]. @returns [n,d].
 * @throws {ShapeError} if widths differ.
 */
export function reconstructRows(factors: Factors, coefficients: NDArray<"f32">): NDArray<"f32"> {
  const { basis, mean } = factors;
  const [d, r] = basis.shape as readonly [number, number];
  const n = rowsOf("reconstructRows", coefficients, r);
  const products = matmulF64(coefficients.data, basis.data, { m: n, k: r, n: d, transposeB: true });
  const data = Float32Array.from(products, (value, at) => value + (mean.data[at % d] as number));
  return { dtype: "f32", shape: [n, d], data };
}

/**
 * What the factors cannot hold of each row: ρ = ‖s − ŝ‖/‖s‖, 0 inside their span. Above 0.5 the row is far from the bank.
 * @param rows [n,d]. @returns n numbers.
 */
export function residuals(factors: Factors, rows: NDArray<"f32">): Float32Array {
  const back = reconstructRows(factors, project(factors, rows));
  const [n = 0, d = 0] = rows.shape;
  return Float32Array.from({ length: n }, (_, row) => {
    let [square, missing] = [0, 0];
    for (let at = row * d; at < (row + 1) * d; at++) {
      square += (rows.data[at] as number) ** 2;
      missing += ((rows.data[at] as number) - (back.data[at] as number)) ** 2;
    }
    return Math.sqrt(missing / Math.max(square, 1e-24));
  });
}

function rowsOf(where: string, x: NDArray, width: number): number {
  const [n, columns] = x.shape;
  if (x.shape.length !== 2 || n === undefined || columns !== width)
    throw new ShapeError(where, `rows must be [n,${width}]`, [x.shape]);
  return n;
}
