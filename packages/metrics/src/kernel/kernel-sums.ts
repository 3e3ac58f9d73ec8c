import type { RowProducts } from "../products/row-products.ts";
import type { SubsetPair } from "./kernel-subsets.ts";

export interface KernelSumsOptions {
  /** d. */
  readonly width: number;
  readonly multiply: RowProducts;
  /** Rows of a block at most. */
  readonly blockRows: number;
}

/**
 * Σ (x_i·y_j/d + 1)³ over the pairs of each subset, of rows x [N,d] and y [M,d]; where y is x itself over the pairs of different
 * places in the subset, whose products are taken once. Every pair of rows is multiplied once, however many subsets have it.
 */
export async function kernelSums(
  [x, y]: readonly [Float32Array, Float32Array],
  subsets: readonly SubsetPair[],
  options: KernelSumsOptions,
): Promise<Float64Array> {
  const { width, multiply } = options;
  const same = x === y;
  const inOrder = subsets.map(([a, b]) => [a.slice().sort(), b.slice().sort()] as const);
  const sums = new Float64Array(subsets.length);
  const [stepX, stepY] = [x, y].map((side) => evenStep(side.length / width, options.blockRows)) as [number, number];
  const blockOf = (side: Float32Array, from: number, step: number) =>
    multiply.block(side.subarray(from * width, (from + step) * width));
  for (let fromX = 0; fromX < x.length / width; fromX += stepX) {
    const rows = blockOf(x, fromX, stepX);
    for (let fromY = same ? fromX : 0; fromY < y.length / width; fromY += stepY) {
      const onDiagonal = same && fromX === fromY;
      const columns = onDiagonal ? rows : blockOf(y, fromY, stepY);
      const products = await multiply.run(rows, columns);
      for (const [s, [a, b]] of inOrder.entries()) {
        const of = { products, width, stride: columns.count };
        const places: Places = {
          rows: a.subarray(placeOf(a, fromX), placeOf(a, fromX + rows.count)),
          columns: b.subarray(placeOf(b, fromY), placeOf(b, fromY + columns.count)),
          ...{ fromX, fromY, onDiagonal },
        };
        sums[s] = (sums[s] as number) + (same ? 2 : 1) * sumOf(places, of);
      }
    }
  }
  return sums;
}

/** What a subset has of a block. */
interface Places {
  readonly rows: Int32Array;
  readonly columns: Int32Array;
  readonly fromX: number;
  readonly fromY: number;
  /** Pairs above the diagonal alone. */
  readonly onDiagonal: boolean;
}

interface Products {
  readonly products: Float32Array | Float64Array;
  readonly width: number;
  /** Columns of the block. */
  readonly stride: number;
}

/** Σ (product/d + 1)³. */
function sumOf({ rows, columns, fromX, fromY, onDiagonal }: Places, { products, width, stride }: Products): number {
  let sum = 0;
  for (let p = 0; p < rows.length; p++) {
    const start = ((rows[p] as number) - fromX) * stride - fromY;
    for (let q = onDiagonal ? p + 1 : 0; q < columns.length; q++) {
      const share = (products[start + (columns[q] as number)] as number) / width + 1;
      sum += share * share * share;
    }
  }
  return sum;
}

/** Rows of a block, so that all have about as many. */
const evenStep = (rows: number, most: number): number => Math.ceil(rows / Math.ceil(rows / most));

/** The first place in a sorted list that has `value` or more. */
function placeOf(sorted: Int32Array, value: number): number {
  let [low, high] = [0, sorted.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((sorted[middle] as number) < value) low = middle + 1;
    else high = middle;
  }
  return low;
}
