import { type NDArray, sameShape } from "@gmem/tensor";
import type { Tolerance } from "./case.ts";

/** How one computed tensor differs from the expected one, at its worst element. */
export interface Difference {
  readonly ok: boolean;
  /** |a − b| at the element that is furthest from its bound. */
  readonly error: number;
  /** The bound at that element. */
  readonly bound: number;
  /** Flat index of that element; −1 if shapes differ. */
  readonly index: number;
  readonly problem?: string;
}

/** Compares element by element; equal infinities and a NaN on both sides count as equal. */
export function compare(actual: NDArray, expected: NDArray, tolerance: Tolerance): Difference {
  if (!sameShape(actual.shape, expected.shape))
    return {
      ok: false,
      error: Infinity,
      bound: 0,
      index: -1,
      problem: `shape [${actual.shape}], expected [${expected.shape}]`,
    };
  const { atol = 0, rtol = 0, ofMax = 0, extra } = tolerance;
  let largest = 0;
  for (const value of expected.data) if (Math.abs(value) > largest) largest = Math.abs(value);
  const base = atol + ofMax * largest;
  let worst: Difference = { ok: true, error: 0, bound: base, index: -1 };
  let worstRatio = -1;
  for (let i = 0; i < expected.data.length; i++) {
    const a = actual.data[i] as number;
    const b = expected.data[i] as number;
    const error = Object.is(a, b) || a === b ? 0 : Math.abs(a - b);
    const bound = base + rtol * Math.abs(b) + (extra?.(i) ?? 0);
    const ratio = Number.isNaN(error) ? Infinity : error === 0 ? 0 : error / bound;
    if (ratio > worstRatio) {
      worstRatio = ratio;
      worst = { ok: ratio <= 1, error, bound, index: i };
    }
  }
  return worst.ok
    ? worst
    : {
        ...worst,
        problem: `element ${worst.index}: ${actual.data[worst.index]}, expected ${expected.data[worst.index]}`,
      };
}
