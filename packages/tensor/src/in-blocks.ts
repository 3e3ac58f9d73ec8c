import { type NDArray, type Storage, storage } from "./array.ts";
import { type Named, sameShape, sizeOf } from "./aval.ts";
import { ShapeError } from "./errors.ts";
import { mapNamed } from "./named.ts";

/**
 * Computes something for each of `count` rows, in blocks of one size: `run` gets the rows of a block, of which the last is
 * filled up with row count − 1, and gives arrays [size,…]; the fill is cut off.
 * @returns what `run` gives, with `count` rows; no names at all for no rows.
 * @throws {ShapeError} if a result has another number of rows, or blocks differ in shape.
 * @example
 * const double = async (rows: Int32Array) => ({ y: array(rows.map((row) => 2 * row)) });
 * const { y } = await inBlocks(5, 2, double); // 0, 2, 4, 6, 8; `run` got 0 1, 2 3 and 4 4
 */
export async function inBlocks<N extends string>(
  count: number,
  size: number,
  run: (rows: Int32Array) => Promise<Readonly<Record<N, NDArray>>>,
): Promise<Readonly<Record<N, NDArray>>> {
  const whole: Record<string, { readonly shape: readonly number[]; readonly array: NDArray }> = {};
  for (let from = 0; from < count; from += size) {
    const rows = Int32Array.from({ length: size }, (_, i) => Math.min(from + i, count - 1));
    for (const [name, { dtype, shape, data }] of Object.entries<NDArray>(await run(rows))) {
      const row = shape.slice(1);
      whole[name] ??= { shape, array: { dtype, shape: [count, ...row], data: storage(dtype, count * sizeOf(row)) } };
      if (shape[0] !== size || !sameShape(shape, whole[name].shape))
        throw new ShapeError("inBlocks", `"${name}" must have ${size} rows of one shape`, [shape]);
      const kept = Math.min(size, count - from) * sizeOf(row);
      whole[name].array.data.set(data.subarray(0, kept) as Storage["f64"], from * sizeOf(row));
    }
  }
  const arrays: Named<NDArray> = mapNamed(whole, ({ array }) => array);
  return arrays as Readonly<Record<N, NDArray>>;
}
