import { GMemError } from "@gmem/tensor";

/**
 * The row of an index.
 * @throws {GMemError} code `INVALID_REQUEST` if it is outside.
 */
export function rowAt<Row>(where: string, rows: ArrayLike<Row>, index: number): Row {
  const row = rows[index];
  if (row !== undefined) return row;
  throw new GMemError("INVALID_REQUEST", `${where}: index must be 0…${rows.length - 1}, got ${index}`);
}

/** @throws {GMemError} code `INVALID_REQUEST` if one of the rows is not among so many. */
export function checkRows(where: string, rows: Iterable<number>, length: number): void {
  for (const row of rows)
    if (row < 0 || row >= length)
      throw new GMemError("INVALID_REQUEST", `${where}: rows must be 0…${length - 1}, got ${row}`);
}
