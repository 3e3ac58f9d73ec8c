import type { Series } from "../chart.ts";

/**
 * Values of several sets in the same bins, as lines of shares.
 * @example
 * histogram({ samples: [1, 2, 2], "held out": [2, 3] }); // two series of 30 points
 */
export function histogram(sets: Readonly<Record<string, ArrayLike<number>>>, bins = 30): readonly Series[] {
  const all = Object.values(sets).flatMap((values) => Array.from(values));
  const low = all.reduce((a, b) => Math.min(a, b), Number.POSITIVE_INFINITY);
  const high = all.reduce((a, b) => Math.max(a, b), Number.NEGATIVE_INFINITY);
  const width = (high - low) / bins || 1;
  return Object.entries(sets).map(([name, values]) => {
    const counts = new Float64Array(bins);
    for (const value of Array.from(values)) {
      const bin = Math.min(bins - 1, Math.floor((value - low) / width));
      counts[bin] = (counts[bin] as number) + 1 / values.length;
    }
    return { name, points: Array.from(counts, (y, bin) => ({ x: low + (bin + 0.5) * width, y })) };
  });
}
