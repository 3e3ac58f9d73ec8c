import { array, GMemError, type NDArray } from "@gmem/tensor";
import type { BankFacts } from "./facts.ts";
import type { ReadFile } from "./read-file.ts";

/** Rows of a bank [n,d], fetched by the block when they are asked for. */
export function bankRows(
  { size, dim, block }: BankFacts,
  read: ReadFile,
): (rows: readonly number[]) => Promise<NDArray<"f32">> {
  const kept = new Map<number, Promise<Float32Array>>();
  const blockOf = (number: number): Promise<Float32Array> => {
    const fetched = kept.get(number) ?? read(`rows/${number}.f32`).then(({ buffer }) => new Float32Array(buffer));
    kept.set(number, fetched);
    fetched.catch(() => kept.delete(number));
    return fetched;
  };
  return async (rows) => {
    const data = new Float32Array(rows.length * dim);
    for (const [i, row] of rows.entries()) {
      if (!Number.isInteger(row) || row < 0 || row >= size)
        throw new GMemError("INVALID_REQUEST", `rows[${i}]: must be a row number 0…${size - 1}, got ${row}`);
      const at = (row % block) * dim;
      data.set((await blockOf(Math.floor(row / block))).subarray(at, at + dim), i * dim); // [d]
    }
    return array(data, [rows.length, dim]);
  };
}
