import { type NDArray, ShapeError } from "@gmem/tensor";
import { BankError } from "./bank-error.ts";

/** Norms below this count as zero, as in the reference's `F.normalize`. */
const smallestNorm = 1e-12;

/**
 * Snippets s = f(x)/‖f(x)‖₂ of features [n,d] (§4.1), normalised in float64. `name` is what row i is called in errors:
 * its source id.
 * @throws {ShapeError} if `features` is not [n,d].
 * @throws {BankError} code `NON_FINITE` for NaN or infinite features, `BANK` for a zero feature; the message names the row.
 * @example
 * unitRows(array([3, 4], [1, 2])).data; // 0.6, 0.8
 */
export function unitRows(
  features: NDArray<"f32">,
  { name = (row) => `row ${row}` }: { readonly name?: (row: number) => string } = {},
): NDArray<"f32"> {
  const [n, d] = features.shape;
  if (features.shape.length !== 2 || n === undefined || d === undefined || d === 0)
    throw new ShapeError("unitRows", "features must be [n,d]", [features.shape]);
  const { data } = features;
  const out = new Float32Array(data.length);
  for (let row = 0; row < n; row++) {
    let square = 0;
    for (let at = row * d; at < (row + 1) * d; at++) square += (data[at] as number) ** 2;
    const norm = Math.sqrt(square);
    if (!Number.isFinite(norm)) {
      const bad = data.subarray(row * d, (row + 1) * d).find((value) => !Number.isFinite(value));
      throw new BankError(
        name(row),
        "features must be finite; leave this image out or check the encoder",
        `${bad}`,
        "NON_FINITE",
      );
    }
    if (norm < smallestNorm)
      throw new BankError(name(row), "features must not be zero; leave this image out", `a vector of norm ${norm}`);
    for (let at = row * d; at < (row + 1) * d; at++) out[at] = (data[at] as number) / norm;
  }
  return { dtype: "f32", shape: [n, d], data: out };
}

/** Rows [n,d] scaled to unit length; a zero row stays zero (rows that were checked when they entered the bank). */
export function normalized(rows: Float32Array, d: number): Float32Array {
  const out = new Float32Array(rows.length);
  for (let start = 0; start < rows.length; start += d) {
    let square = 0;
    for (let at = start; at < start + d; at++) square += (rows[at] as number) ** 2;
    const norm = Math.max(Math.sqrt(square), smallestNorm);
    for (let at = start; at < start + d; at++) out[at] = (rows[at] as number) / norm;
  }
  return out;
}
