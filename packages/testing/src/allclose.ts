import type { NDArray, Shape } from "@gmem/tensor";
import { expect } from "vitest";

/** |actual − expected| ≤ atol + rtol · |expected|, element by element, as in NumPy. */
export interface Tolerance {
  /** Default 1e-6. */
  readonly atol?: number;
  /** Default 1e-5. */
  readonly rtol?: number;
  /** NaN on both sides counts as equal. Default: NaN is never close. */
  readonly equalNan?: boolean;
}

/** What can be compared: an array, a typed or plain list of numbers, one number. */
export type Numbers = NDArray | ArrayLike<number> | number;

interface Flat {
  readonly shape: Shape | undefined;
  readonly data: ArrayLike<number>;
}

function flat(value: Numbers): Flat {
  if (typeof value === "number") return { shape: [], data: [value] };
  if ("dtype" in value) return { shape: value.shape, data: value.data };
  return { shape: undefined, data: value };
}

const isNumbers = (value: unknown): value is Numbers =>
  typeof value === "number" ||
  (typeof value === "object" &&
    value !== null &&
    ("dtype" in value ? "data" in value && "shape" in value : "length" in value));

export interface Comparison {
  readonly pass: boolean;
  readonly message: string;
}

/** Compares two sets of numbers; the message names the worst element, both values, the shapes and the tolerance. */
export function allclose(actual: Numbers, expected: Numbers, tolerance: Tolerance = {}): Comparison {
  const { atol = 1e-6, rtol = 1e-5, equalNan = false } = tolerance;
  const [a, b] = [flat(actual), flat(expected)];
  const shapeText = ({ shape, data }: Flat): string => `[${shape ?? data.length}]`;
  const sameShapes = a.shape === undefined || b.shape === undefined || String(a.shape) === String(b.shape);
  if (!sameShapes || a.data.length !== b.data.length)
    return { pass: false, message: `expected shape ${shapeText(b)}, got ${shapeText(a)}` };
  let worst = -1;
  let worstExcess = Number.NEGATIVE_INFINITY;
  let far = 0;
  for (let i = 0; i < a.data.length; i++) {
    const excess = excessOf(a.data[i] as number, b.data[i] as number, { atol, rtol, equalNan });
    if (excess > 0) far++;
    if (excess > worstExcess) {
      worst = i;
      worstExcess = excess;
    }
  }
  const shape = a.shape ?? b.shape ?? [a.data.length];
  const [got, want] = [a.data[worst], b.data[worst]];
  const place =
    worst < 0
      ? "no elements"
      : `worst at ${position(worst, shape)}: got ${got}, expected ${want}, difference ${Math.abs(Number(got) - Number(want))}`;
  const limits = `shapes ${shapeText(a)} and ${shapeText(b)}, atol ${atol}, rtol ${rtol}`;
  return { pass: far === 0, message: `${far} of ${a.data.length} elements are not close; ${place}; ${limits}` };
}

/** How far two numbers are beyond the tolerance; 0 or less when they are close. */
function excessOf(a: number, b: number, { atol, rtol, equalNan }: Required<Tolerance>): number {
  if (Number.isNaN(a) || Number.isNaN(b))
    return equalNan && Number.isNaN(a) && Number.isNaN(b) ? 0 : Number.POSITIVE_INFINITY;
  if (a === b) return -atol;
  const excess = Math.abs(a - b) - (atol + rtol * Math.abs(b));
  return Number.isNaN(excess) ? Number.POSITIVE_INFINITY : excess;
}

/** [i, j, …] of a flat index. */
function position(index: number, shape: Shape): string {
  const at: number[] = [];
  let rest = index;
  for (const length of [...shape].reverse()) {
    at.unshift(rest % length);
    rest = Math.floor(rest / length);
  }
  return `[${at}]`;
}

interface AllcloseMatchers<R = unknown> {
  /** Every element is within `atol + rtol · |expected|`, and the shapes are equal. */
  toBeAllclose(expected: Numbers, tolerance?: Tolerance): R;
}

declare module "vitest" {
  // biome-ignore lint/suspicious/noExplicitAny: the declaration must repeat vitest's own type parameter
  interface Matchers<T = any> extends AllcloseMatchers<T> {}
}

expect.extend({
  toBeAllclose(received: unknown, expected: Numbers, tolerance?: Tolerance) {
    if (!isNumbers(received))
      return { pass: false, message: () => `toBeAllclose: needs numbers, got ${this.utils.stringify(received)}` };
    const { pass, message } = allclose(received, expected, tolerance);
    return { pass, message: () => (pass ? `expected numbers that are not close; ${message}` : message) };
  },
});
