import type { PrintedNumber } from "./evaluation.ts";

/**
 * A value and its interval with as many decimals as the interval can carry: two digits of its half width, and at least two
 * decimals, at most eight.
 * @example
 * printedNumber(7.4912, { low: 7.36, high: 7.62 }); // "7.49", "7.36", "7.62"
 */
export function printedNumber(
  value: number,
  { low, high }: { readonly low: number | null; readonly high: number | null },
): PrintedNumber {
  const half = ((high ?? Number.NaN) - (low ?? Number.NaN)) / 2;
  const scale = half > 0 && Number.isFinite(half) ? half : Math.abs(value) / 100;
  const wanted = scale > 0 ? 1 - Math.floor(Math.log10(scale)) : 2;
  const decimals = Math.min(8, Math.max(2, wanted));
  const text = (x: number | null): string => (x === null || !Number.isFinite(x) ? "–" : x.toFixed(decimals));
  return { value: text(value), low: text(low), high: text(high) };
}
