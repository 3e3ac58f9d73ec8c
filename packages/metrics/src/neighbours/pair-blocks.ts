import type { Engine, NDArray } from "@gmem/tensor";
import { f16ToF32, f32ToF16 } from "@gmem/weights";
import { type BlockOfRows, type RowProducts, rowProducts } from "../products/row-products.ts";
import { squaredNorms } from "../products/squared-norms.ts";

/** Rows of a block: products of two are 4 MB. */
const blockRows = 1024;

/** `rows` rows of x from `fromX` on with `columns` rows of y from `fromY` on. */
export interface PairBlock {
  readonly fromX: number;
  readonly fromY: number;
  readonly rows: number;
  readonly columns: number;
  /** [rows,columns]: `normsX`[i] + `normsY`[j] + `scale`·value is a squared distance, within `unit`·(normsX[i] + normsY[j]). */
  readonly values: Float32Array | Float64Array;
}

/** All pairs of rows of two sets: distances of blocks, nearly exact, and the exact one of a pair. */
export interface Pairs {
  /** 0 where the values of blocks are the exact ones. */
  readonly unit: number;
  /** What belongs to a row of x, and of y: ‖x‖², or 0 where values are distances. */
  readonly normsX: Float64Array;
  readonly normsY: Float64Array;
  /** (1 − unit)·normsY: what a squared distance has of a row of y at least. */
  readonly leastY: Float64Array;
  /** −2, or 1 where values are distances. */
  readonly scale: number;
  /** ‖x_i − y_j‖² in float64, from the differences. */
  exact(i: number, j: number): number;
  /** Of a set with itself, whose blocks below the diagonal are left out. */
  readonly symmetric: boolean;
  blocks(): AsyncGenerator<PairBlock>;
  dispose(): Promise<void>;
}

export interface PairOptions {
  readonly engine?: Engine | undefined;
  /** Norms, products and sums rounded to float16; float32 where they could overflow, as ADM's evaluator has it. */
  readonly float16?: boolean | undefined;
}

/**
 * ‖x‖² + ‖y‖² − 2 x·y of all pairs, block by block on the engine in float32. A product of d terms summed in any order is
 * within 8√d·2⁻²⁴ ‖x‖‖y‖ of the true one, but for a chance of 10⁻¹³ (Higham & Mary 2019, theorem 2.4): who compares two that
 * are as near as that asks for `exact`.
 */
export function pairsOf(x: NDArray<"f32">, y: NDArray<"f32">, options: PairOptions = {}): Pairs {
  const width = x.shape[1] as number;
  const half = options.float16 === true && fitsHalf(x.data, width) && fitsHalf(y.data, width);
  const [xs, ys] = half ? [f16ToF32(f32ToF16(x.data)), f16ToF32(f32ToF16(y.data))] : [x.data, y.data];
  const [normsX, normsY] = [squaredNorms(xs, width), squaredNorms(ys, width)].map((norms) =>
    half ? Float64Array.from(rounded(Float32Array.from(norms))) : norms,
  ) as [Float64Array, Float64Array];
  const products = rowProducts({ width, engine: options.engine, dtype: "f32" });
  const sides = { xs, ys, normsX, normsY, width, products, half, symmetric: x === y && !half };
  const unit = half ? 0 : products.dtype === "f64" ? (width + 4) * 2 ** -52 : 8 * Math.sqrt(width) * 2 ** -24;
  const [ownX, ownY] = half ? [new Float64Array(normsX.length), new Float64Array(normsY.length)] : [normsX, normsY];
  return {
    symmetric: sides.symmetric,
    unit,
    normsX: ownX,
    normsY: ownY,
    leastY: ownY.map((norm) => (1 - unit) * norm),
    scale: half ? 1 : -2,
    exact: (i, j) => {
      let sum = 0;
      for (let k = 0, a = i * width, b = j * width; k < width; k++, a++, b++) {
        const difference = (xs[a] as number) - (ys[b] as number);
        sum += difference * difference;
      }
      return sum;
    },
    blocks: () => blocksOf(sides),
    dispose: () => products.dispose(),
  };
}

interface Sides {
  readonly xs: Float32Array;
  readonly ys: Float32Array;
  readonly normsX: Float64Array;
  readonly normsY: Float64Array;
  readonly width: number;
  readonly products: RowProducts;
  readonly half: boolean;
  readonly symmetric: boolean;
}

async function* blocksOf({
  xs,
  ys,
  normsX,
  normsY,
  width,
  products,
  half,
  symmetric,
}: Sides): AsyncGenerator<PairBlock> {
  const part = (of: Float32Array, from: number, count: number): BlockOfRows =>
    products.block(of.subarray(from * width, (from + count) * width));
  for (let fromX = 0; fromX < normsX.length; fromX += blockRows) {
    const rows = Math.min(blockRows, normsX.length - fromX);
    const x = part(xs, fromX, rows);
    for (let fromY = symmetric ? fromX : 0; fromY < normsY.length; fromY += blockRows) {
      const columns = Math.min(blockRows, normsY.length - fromY);
      const found = await products.run(x, symmetric && fromX === fromY ? x : part(ys, fromY, columns));
      const place = { normsX: normsX.subarray(fromX, fromX + rows), normsY: normsY.subarray(fromY, fromY + columns) };
      yield { fromX, fromY, rows, columns, values: half ? halfDistances(found, place) : found };
    }
  }
}

interface Norms {
  readonly normsX: Float64Array;
  readonly normsY: Float64Array;
}

/** max(f16(f16(‖x‖² − 2 f16(x·y)) + ‖y‖²), 0). */
function halfDistances(products: ArrayLike<number>, { normsX, normsY }: Norms): Float32Array {
  const columns = normsY.length;
  const values = rounded(Float32Array.from(products));
  const differences = rounded(values.map((value, at) => (normsX[Math.floor(at / columns)] as number) - 2 * value));
  const sums = rounded(differences.map((value, at) => value + (normsY[at % columns] as number)));
  return sums.map((value) => Math.max(value, 0));
}

/** To float16 and back. */
const rounded = (values: Float32Array): Float32Array => f16ToF32(f32ToF16(values));

/** Whether no sum of norms and products of such rows passes float16's 65,504. */
const fitsHalf = (rows: Float32Array, width: number): boolean =>
  squaredNorms(rows, width).every((norm) => norm < 65504 / 4);
