import type { Interval } from "@gmem/metrics";

/** Three digits where the interval lets them say something: "1.03 [0.98, 1.08]". */
export function withInterval({ value, low, high }: Interval): string {
  if (!Number.isFinite(low)) return digits(value);
  return `${digits(value)} [${digits(low)}, ${digits(high)}]`;
}

/** Three digits, without an exponent between a thousandth and a million. */
export function digits(value: number): string {
  if (value === 0) return "0";
  const size = Math.abs(value);
  if (size < 1e-3 || size >= 1e6) return value.toExponential(1);
  const places = Math.max(0, 2 - Math.floor(Math.log10(size)));
  return value.toFixed(places);
}
