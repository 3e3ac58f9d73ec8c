import { type Aval, type DType, type Shape, sameShape, sizeOf } from "./aval.ts";
import { ShapeError } from "./errors.ts";

/** The typed array that backs each element type; `f16` holds raw half-precision bits, `bool` holds 0 and 1. */
export interface Storage {
  f32: Float32Array;
  f64: Float64Array;
  f16: Uint16Array;
  i32: Int32Array;
  bool: Uint8Array;
}

/** An array on the host, C-contiguous. `NDArray` alone is any element type, `NDArray<"f32">` one of them. */
export interface NDArray<D extends DType = DType> extends Aval {
  readonly dtype: D;
  readonly data: Storage[D];
}

const constructors: {
  readonly [D in DType]: {
    new (length: number): Storage[D];
    new (values: ArrayLike<number>): Storage[D];
    readonly BYTES_PER_ELEMENT: number;
  };
} = { f32: Float32Array, f64: Float64Array, f16: Uint16Array, i32: Int32Array, bool: Uint8Array };

/** Bytes of one element. */
export const bytesPerElement = (dtype: DType): number => constructors[dtype].BYTES_PER_ELEMENT;

/** Typed storage of `size` zeros. */
export const storage = <D extends DType>(dtype: D, size: number): Storage[D] => new constructors[dtype](size);

/**
 * Wraps or converts values as an array; a typed array of the right kind is not copied.
 * @throws {ShapeError} if the number of values is not the shape's.
 * @example
 * const x = array([1, 2, 3, 4, 5, 6], [2, 3]); // f32 [2,3]
 */
export function array<D extends DType = "f32">(values: ArrayLike<number>, shape?: Shape, dtype?: D): NDArray<D> {
  const kind = (dtype ?? "f32") as D;
  const dims = shape ?? [values.length];
  if (sizeOf(dims) !== values.length)
    throw new ShapeError("array", `${values.length} values do not fill the shape`, [dims]);
  const make = constructors[kind];
  const data = values instanceof (make as unknown as new () => Storage[D]) ? values : new make(values);
  return { dtype: kind, shape: [...dims], data: data as Storage[D] };
}

/** An array of zeros. */
export const zeros = <D extends DType = "f32">(shape: Shape, dtype?: D): NDArray<D> =>
  array(storage((dtype ?? "f32") as D, sizeOf(shape)) as ArrayLike<number>, shape, (dtype ?? "f32") as D);

/** A float32 array filled with one value. */
export const full = (shape: Shape, value: number): NDArray<"f32"> =>
  array(new Float32Array(sizeOf(shape)).fill(value), shape);

/**
 * Picks rows along the first axis, in the order given, as a copy.
 * @throws {ShapeError} if `x` is a scalar or a row is outside it.
 */
export function takeRows<D extends DType>(x: NDArray<D>, rows: ArrayLike<number>): NDArray<D> {
  const [count, ...rest] = x.shape;
  if (count === undefined) throw new ShapeError("takeRows", "needs an array with rows", [x.shape]);
  const width = sizeOf(rest);
  const data = storage(x.dtype, rows.length * width);
  for (let i = 0; i < rows.length; i++) {
    const row = rows[i] as number;
    if (!(row >= 0 && row < count)) throw new ShapeError("takeRows", `row ${row} is outside 0…${count - 1}`, [x.shape]);
    data.set(x.data.subarray(row * width, (row + 1) * width), i * width);
  }
  return { dtype: x.dtype, shape: [rows.length, ...rest], data };
}

/**
 * Joins arrays along the first axis.
 * @throws {ShapeError} if there is none or the other axes differ.
 */
export function concatRows<D extends DType>(parts: readonly NDArray<D>[]): NDArray<D> {
  const first = parts[0];
  if (!first) throw new ShapeError("concatRows", "needs at least one array", []);
  const rest = first.shape.slice(1);
  for (const part of parts)
    if (part.dtype !== first.dtype || !sameShape(part.shape.slice(1), rest))
      throw new ShapeError("concatRows", "all but the first axis must agree", [first.shape, part.shape]);
  const rows = parts.reduce((sum, part) => sum + (part.shape[0] ?? 0), 0);
  const data = storage(first.dtype, rows * sizeOf(rest));
  let at = 0;
  for (const part of parts) {
    data.set(part.data, at);
    at += part.data.length;
  }
  return { dtype: first.dtype, shape: [rows, ...rest], data };
}

/**
 * So many equal parts of an array along its first axis, views of its memory: {@link concatRows} joins them again.
 * @throws {ShapeError} if its rows are not so many equal parts.
 */
export function splitRows<D extends DType>({ dtype, shape, data }: NDArray<D>, count: number): readonly NDArray<D>[] {
  const [rows = 0, ...rest] = shape;
  if (rows % count !== 0) throw new ShapeError("splitRows", `the first axis must be ${count} equal parts`, [shape]);
  const size = data.length / count;
  return Array.from({ length: count }, (_, i) => ({
    dtype,
    shape: [rows / count, ...rest],
    data: data.subarray(i * size, (i + 1) * size) as NDArray<D>["data"],
  }));
}

export interface StackOptions {
  /** What errors begin with; default "stack". */
  readonly where?: string;
  /** What errors call array i. */
  readonly name?: (i: number) => string;
  /** What to do about an array of another shape. */
  readonly remedy?: string;
}

/**
 * Joins arrays of one shape along a new first axis: n images [3,H,W] → [n,3,H,W].
 * @throws {ShapeError} if there is none, or naming the first of another shape.
 * @example
 * stack([zeros([3, 8, 8]), zeros([3, 8, 8])]).shape; // [2,3,8,8]
 */
export function stack<D extends DType>(parts: readonly NDArray<D>[], options: StackOptions = {}): NDArray<D> {
  const { where = "stack", name = (i) => `array ${i}`, remedy } = options;
  const first = parts[0];
  if (!first) throw new ShapeError(where, "needs at least one array", []);
  for (const [i, { dtype, shape }] of parts.entries())
    if (dtype !== first.dtype || !sameShape(shape, first.shape))
      throw new ShapeError(
        where,
        `${name(i)} must have the ${dtype === first.dtype ? "shape" : "element type"} of ${name(0)}${remedy ? `; ${remedy}` : ""}`,
        [shape, first.shape],
      );
  return concatRows(parts.map((part) => ({ ...part, shape: [1, ...part.shape] })));
}
