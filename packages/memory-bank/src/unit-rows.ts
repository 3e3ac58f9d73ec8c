import { type NDArray, ShapeError } from "@gmem/tensor";
import { BankError } from "./bank-error.ts";

/** Norms below this count as zero, as in the reference's `F.normalize`. */
const smallestNorm = 1e-12;

/** How rows that have no direction are refused. */
export interface RowWords {
  /** What row i is called: its source id, its number in a file. Default "row i". */
  readonly name?: (row: number) => string;
  /** What rows are; default "features". */
  readonly what?: string;
  /** What to do about it; default to leave the image out. */
  readonly remedy?: string;
}

/** Of rows that a bank holds already. */
export const storedRows: RowWords = { what: "snippets", remedy: "make the bank again without this row" };

/**
 * Snippets s = f(x)/‖f(x)‖₂ of features [n,d] (§4.1), normalised in float64.
 * @param words What errors call a row: `name(row)` its source id.
 * @throws {ShapeError} if `features` is not [n,d].
 * @throws {BankError} code `NON_FINITE` for NaN or infinite features, `BANK` for a zero feature; the message names the row.
 * @example
 * unitRows(array([3, 4], [1, 2])).data; // 0.6, 0.8
 */
export function unitRows(features: NDArray<"f32">, words: RowWords = {}): NDArray<"f32"> {
  const [n, d] = features.shape;
  if (features.shape.length !== 2 || n === undefined || d === undefined || d === 0)
    throw new ShapeError("unitRows", "features must be [n,d]", [features.shape]);
  const { data } = features;
  const norms = rowNorms(data, d, words);
  const out = new Float32Array(data.length);
  for (let row = 0, at = 0; row < n; row++)
    for (const norm = norms[row] as number; at < (row + 1) * d; at++) out[at] = (data[at] as number) / norm;
  return { dtype: "f32", shape: [n, d], data: out };
}

/**
 * ‖s‖₂ of rows of d values, in float64.
 * @param words.zeros Passes rows of zeros: coefficients, whose zeros are the mean.
 * @throws {BankError} code `NON_FINITE` for a row with NaN or infinity, `BANK` for a row of zeros; the message names it.
 */
export function rowNorms(
  data: Float32Array | Float64Array,
  d: number,
  words: RowWords & { readonly zeros?: boolean } = {},
): Float64Array {
  const { name = (row) => `row ${row}`, what = "features", remedy = "leave this image out" } = words;
  const norms = new Float64Array(d === 0 ? 0 : data.length / d);
  for (let row = 0; row < norms.length; row++) {
    let square = 0;
    for (let at = row * d; at < (row + 1) * d; at++) square += (data[at] as number) ** 2;
    const norm = Math.sqrt(square);
    norms[row] = norm;
    if (norm >= smallestNorm && norm < Number.POSITIVE_INFINITY) continue;
    const bad = data.subarray(row * d, (row + 1) * d).find((value) => !Number.isFinite(value));
    if (bad !== undefined) throw new BankError(name(row), `${what} must be finite; ${remedy}`, `${bad}`, "NON_FINITE");
    if (!words.zeros) throw new BankError(name(row), `${what} must not be zero; ${remedy}`, `a vector of norm ${norm}`);
  }
  return norms;
}
