import { type NDArray, type Shape, takeRows } from "@gmem/tensor";

/** Rows of an array that is not in memory. */
export interface StoredRows {
  /** Of the whole, [N,…]. */
  readonly shape: Shape;
  /** → [rows,…] */
  take(rows: Int32Array): Promise<NDArray<"f32">>;
}

/** An array [N,…] of which rows are asked for: in memory, stored, or a function that fetches them from wherever they are. */
export type RowSource = NDArray<"f32"> | StoredRows | ((rows: Int32Array) => Promise<NDArray<"f32">>);

/** Rows of a source, in the order asked for. */
export async function rowsOf(source: RowSource, rows: Int32Array): Promise<NDArray<"f32">> {
  if (typeof source === "function") return source(rows);
  return "data" in source ? takeRows(source, rows) : source.take(rows);
}

/** N, where the source knows it. */
export const lengthOf = (source: RowSource): number | undefined =>
  typeof source === "function" ? undefined : source.shape[0];
