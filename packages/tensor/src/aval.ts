/** Element types. `f64` exists for linear algebra on the CPU, `f16` for storage; graphs compute in `f32`. */
export type DType = "f32" | "f64" | "f16" | "i32" | "bool";
export type Shape = readonly number[];
export type Named<T> = Readonly<Record<string, T>>;

/** What an array looks like before it exists. Shapes are static: a new batch size is a new graph. */
export interface Aval {
  readonly dtype: DType;
  readonly shape: Shape;
}

/** Number of elements; 1 for a scalar `[]`. */
export function sizeOf(shape: Shape): number {
  let size = 1;
  for (const length of shape) size *= length;
  return size;
}

export const sameShape = (a: Shape, b: Shape): boolean => a.length === b.length && a.every((n, i) => n === b[i]);

/** The description of a float32 array: `f32(4, 3)` is `{ dtype: "f32", shape: [4, 3] }`. */
export const f32 = (...shape: number[]): Aval => ({ dtype: "f32", shape });
/** The description of an int32 array. */
export const i32 = (...shape: number[]): Aval => ({ dtype: "i32", shape });
