import type { NDArray } from "./array.ts";
import type { Named, Shape } from "./aval.ts";
import { GMemError } from "./errors.ts";

/**
 * Refuses arrays with a value that is NaN or infinite; integers always pass. One pass, about 0.3 s a gigabyte.
 * @param arrays by the names that the message calls them.
 * @param options.where What the message begins with: a file, a function. @param options.remedy What to do about it.
 * @param options.row What row i of the first axis is called, such as the file of an image.
 * @throws {GMemError} code `NON_FINITE` naming the first array, its value and the place of it.
 * @example
 * const weights = { w: array([1, 2], [2, 1]) };
 * checkFinite(weights, { where: "model.safetensors", remedy: "take an earlier checkpoint" });
 */
export function checkFinite(
  arrays: Named<NDArray | undefined>,
  options: { readonly where: string; readonly remedy?: string; readonly row?: (i: number) => string },
): void {
  const { where, remedy, row } = options;
  for (const [name, x] of Object.entries(arrays)) {
    if (!x || allFinite(x)) continue;
    const at = x.data.findIndex((value) => !isFiniteNumber(x, value));
    const value = x.dtype === "f16" ? "a half-precision NaN or infinity" : x.data[at];
    const place = placeOf(at, x.shape);
    const of = row ? ` of ${row(place[0] ?? 0)}` : "";
    throw new GMemError(
      "NON_FINITE",
      `${where}: ${name}${of} must be finite${remedy ? `; ${remedy}` : ""}, got ${value} at [${place}]`,
    );
  }
}

/** Exponent of a half-precision number: all ones in NaN and infinities. */
const halfExponent = 0x7c00;

const isFiniteNumber = ({ dtype }: NDArray, value: number): boolean =>
  dtype === "f16" ? (value & halfExponent) !== halfExponent : Number.isFinite(value);

/** 0·x is 0 but for NaN and infinities; four sums, as one would wait for itself. */
function allFinite(x: NDArray): boolean {
  const { dtype, data } = x;
  if (dtype === "i32" || dtype === "bool") return true;
  if (dtype === "f16") return data.every((value) => isFiniteNumber(x, value));
  const whole = data.length - (data.length % 4);
  let [a, b, c, d] = [0, 0, 0, 0];
  for (let i = 0; i < whole; i += 4) {
    a += 0 * (data[i] as number);
    b += 0 * (data[i + 1] as number);
    c += 0 * (data[i + 2] as number);
    d += 0 * (data[i + 3] as number);
  }
  for (let i = whole; i < data.length; i++) a += 0 * (data[i] as number);
  return a + b + c + d === 0;
}

/** Position of element `at`, row-major. */
function placeOf(at: number, shape: Shape): readonly number[] {
  let rest = at;
  return shape
    .toReversed()
    .map((length) => {
      const index = rest % length;
      rest = (rest - index) / length;
      return index;
    })
    .reverse();
}
