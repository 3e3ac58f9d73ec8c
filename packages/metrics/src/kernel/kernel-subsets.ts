import type { Draws } from "../random/draws.ts";

/** Rows of both sides that one subset compares. */
export type SubsetPair = readonly [a: Int32Array, b: Int32Array];

export interface KernelSubsetsOptions {
  /** Rows of both sides. */
  readonly rows: readonly [number, number];
  /** Default 100. */
  readonly count?: number;
  /** Default 1,000; of a side with fewer rows every subset is the whole side, which {@link kernelDistance} notes. */
  readonly size?: number;
  /** Which side is drawn first, which matters to the numbers that are drawn; default `first`. */
  readonly drawnFirst?: "first" | "second";
}

/**
 * Random subsets, without repetition within one, pair after pair from one generator.
 * @example
 * const subsets = kernelSubsets(openDraws("numpy", 2020), { rows: [5000, 2000], count: 3 }); // torch-fidelity's, 3 pairs
 */
export function kernelSubsets(draws: Draws, options: KernelSubsetsOptions): readonly SubsetPair[] {
  const { rows, count = 100, size = 1000, drawnFirst = "first" } = options;
  const draw = (side: 0 | 1): Int32Array => draws.choice(rows[side], Math.min(size, rows[side]));
  return Array.from({ length: count }, (): SubsetPair => {
    if (drawnFirst === "first") return [draw(0), draw(1)];
    const second = draw(1);
    return [draw(0), second];
  });
}
