import type { NDArray } from "@gmem/tensor";
import { type PairBlock, type PairOptions, type Pairs, pairsOf } from "./pair-blocks.ts";

/** The nearest rows of each row, by exact squared distance; of equally far ones the first. */
export interface NearestRows {
  /** [N,k]. */
  readonly rows: Int32Array;
  /** [N,k], ascending. */
  readonly squared: Float64Array;
}

/**
 * The k nearest of y [M,d] for each row of x [N,d]; where y is x itself, of the other rows.
 * @param options.k At most M, or M − 1 for x itself.
 * @example
 * const [samples, train] = [key(0).normal([5, 4]), key(1).normal([50, 4])];
 * const { rows } = await nearestRows(samples, train, { k: 3 }); // [5,3], of the first sample rows[0], rows[1], rows[2]
 */
export async function nearestRows(
  x: NDArray<"f32">,
  y: NDArray<"f32">,
  options: PairOptions & { readonly k: number },
): Promise<NearestRows> {
  const { k } = options;
  const pairs = pairsOf(x, y, options);
  const n = x.shape[0] as number;
  const found = new Candidates(n, k);
  const search = { pairs, found, same: x === y };
  try {
    for await (const block of pairs.blocks()) lookThrough(block, search);
    return found.settle(pairs);
  } finally {
    await pairs.dispose();
  }
}

interface Search {
  readonly pairs: Pairs;
  readonly found: Candidates;
  readonly same: boolean;
}

/** Offers each pair of a block to its row, and where the other half is left out to its column. */
function lookThrough(block: PairBlock, { pairs, found, same }: Search): void {
  const { fromX, fromY, rows, columns, values } = block;
  const { symmetric, normsX, normsY, leastY, scale, unit } = pairs;
  const { limits } = found;
  for (let a = 0; a < rows; a++) {
    const i = fromX + a;
    const norm = normsX[i] as number;
    const own = (1 - unit) * norm;
    const first = symmetric ? Math.max(0, i + 1 - fromY) : 0;
    for (let b = first, at = a * columns + first, j = fromY + first; b < columns; b++, at++, j++) {
      const product = scale * (values[at] as number);
      const low = own + (leastY[j] as number) + product;
      const near = low <= (limits[i] as number);
      const back = symmetric && low <= (limits[j] as number);
      if (!(near || back) || (same && i === j)) continue;
      const value = norm + (normsY[j] as number) + product;
      if (near) found.add(i, j, { value, low });
      if (back) found.add(j, i, { value, low });
    }
  }
}

/** For each row those that may be among its k nearest, given how far off their distances can be. */
class Candidates {
  /** Of each row a distance that k others are certainly within. */
  readonly limits: Float64Array;
  readonly #k: number;
  /** [N,k], ascending: the k smallest of the largest possible distances. */
  readonly #highs: Float64Array;
  readonly #rows: number[][];
  readonly #lows: number[][];

  constructor(n: number, k: number) {
    this.#k = k;
    this.limits = new Float64Array(n).fill(Number.POSITIVE_INFINITY);
    this.#highs = new Float64Array(n * k).fill(Number.POSITIVE_INFINITY);
    this.#rows = Array.from({ length: n }, () => []);
    this.#lows = Array.from({ length: n }, () => []);
  }

  /** @param low Least possible distance, at most `limits[row]`. */
  add(row: number, other: number, { value, low }: { readonly value: number; readonly low: number }): void {
    (this.#rows[row] as number[]).push(other);
    (this.#lows[row] as number[]).push(low);
    const [highs, first, last] = [this.#highs, row * this.#k, row * this.#k + this.#k - 1];
    const high = 2 * value - low;
    if (high >= (highs[last] as number)) return;
    let at = last;
    for (; at > first && (highs[at - 1] as number) > high; at--) highs[at] = highs[at - 1] as number;
    highs[at] = high;
    this.limits[row] = highs[last] as number;
  }

  settle(pairs: Pairs): NearestRows {
    const k = this.#k;
    const n = this.#rows.length;
    const [rows, squared] = [new Int32Array(n * k), new Float64Array(n * k)];
    for (let i = 0; i < n; i++) {
      const most = this.limits[i] as number;
      const lows = this.#lows[i] as number[];
      const near = (this.#rows[i] as number[])
        .map((row, at) => ({ row, low: lows[at] as number }))
        .filter(({ low }) => low <= most)
        .map(({ row, low }) => ({ row, squared: pairs.unit === 0 ? low : pairs.exact(i, row) }))
        .sort((a, b) => a.squared - b.squared || a.row - b.row);
      for (let at = 0; at < k; at++) {
        rows[i * k + at] = near[at]?.row as number;
        squared[i * k + at] = near[at]?.squared as number;
      }
    }
    return { rows, squared };
  }
}
