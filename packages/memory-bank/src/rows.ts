import { ShapeError } from "@gmem/tensor";
import type { SafetensorsFile } from "@gmem/weights";
import { BankError } from "./bank-error.ts";
import { rowNorms, storedRows } from "./unit-rows.ts";

/** Immutable rows of float32, in memory or on disk; views share what they are made of. */
export interface Rows {
  readonly size: number;
  readonly width: number;
  /** Rows in the order given, which may repeat: [rows.length, width]. */
  take(rows: Int32Array): Promise<Float32Array>;
  /** Rows start … end−1. */
  slice(start: number, end: number): Promise<Float32Array>;
}

/** Rows that lie in memory. */
export function memoryRows(data: Float32Array, shape: { readonly size: number; readonly width: number }): Rows {
  const { size, width } = shape;
  if (data.length !== size * width) throw new ShapeError("memoryRows", `needs [${size},${width}]`, [[data.length]]);
  return {
    size,
    width,
    async take(rows) {
      const out = new Float32Array(rows.length * width);
      rows.forEach((row, i) => {
        out.set(data.subarray(row * width, (row + 1) * width), i * width);
      });
      return out;
    },
    slice: async (start, end) => data.subarray(start * width, end * width),
  };
}

/**
 * Rows of a two-dimensional tensor on disk, read when asked for and checked as they are read: `take` and `slice` refuse rows
 * that are not finite or zero, by their number.
 * @param options.zeros Passes rows of zeros, as coefficients may be.
 * @throws {BankError} code `FORMAT` if it is no [N,d] of floats.
 */
export function fileRows(file: SafetensorsFile, name: string, options: { readonly zeros: boolean }): Rows {
  const entry = file.tensors[name];
  const [size, width, ...rest] = entry?.shape ?? [];
  if (!entry || size === undefined || width === undefined || rest.length > 0 || !/^B?F(16|32)$/.test(entry.dtype))
    throw new BankError(
      `${file.path}: tensor "${name}"`,
      "must be [rows, width] of F32, F16 or BF16",
      entry ? `${entry.dtype} [${entry.shape.join(",")}]` : "no such tensor",
      "FORMAT",
    );
  const checked = ({ data }: { readonly data: ArrayLike<number> }, rowAt: (i: number) => number): Float32Array => {
    const floats = data instanceof Float32Array ? data : Float32Array.from(data);
    rowNorms(floats, width, { ...storedRows, ...options, name: (i) => `${file.path}: row ${rowAt(i)}` });
    return floats;
  };
  return {
    size,
    width,
    take: async (rows) => checked(await file.takeRows(name, rows), (i) => rows[i] as number),
    slice: async (start, end) => checked(await file.readRows(name, start, end), (i) => start + i),
  };
}

/** Rows computed from others block by block: a reconstruction, a projection. */
export function mappedRows(
  source: Rows,
  width: number,
  map: (data: Float32Array, rows: number) => Float32Array | Promise<Float32Array>,
): Rows {
  return {
    size: source.size,
    width,
    take: async (rows) => map(await source.take(rows), rows.length),
    slice: async (start, end) => map(await source.slice(start, end), end - start),
  };
}

/** Blocks of consecutive rows, for one pass over rows that do not fit in memory; the next block is read ahead. */
export async function* rowBlocks(rows: Rows, blockSize: number): AsyncGenerator<Float32Array> {
  const read = (start: number): Promise<Float32Array> => {
    const block = rows.slice(start, Math.min(start + blockSize, rows.size));
    block.catch(() => undefined); // reported when the block's turn comes, not before
    return block;
  };
  let next = rows.size > 0 ? read(0) : undefined;
  for (let start = 0; next; start += blockSize) {
    const block: Float32Array = await next;
    next = start + blockSize < rows.size ? read(start + blockSize) : undefined;
    yield block;
  }
}
