import type { NDArray } from "@gmem/tensor";
import { contentHash, f16ToF32, f32ToF16, textHash } from "@gmem/weights";
import type { Bank } from "./bank.ts";

/** Rows that are looked at; the last one always is. */
const looked = 64;

/**
 * What a bank is told from others by: a hash of its sizes, encoder, index, labels, factors and 64 of its rows, as half
 * precision keeps them, so that it is the same however they are stored; and of the bank that it replaced, if any.
 */
export async function bankId(bank: Bank, replaces?: string): Promise<string> {
  const { rows, factors, labels, encoderId, preprocessing, index } = bank;
  const count = Math.min(looked, rows.size);
  const picked = Int32Array.from({ length: count }, (_, i) => Math.ceil(((i + 1) * rows.size) / count) - 1);
  const sample: NDArray = {
    dtype: "f32",
    shape: [count, rows.width],
    data: f16ToF32(f32ToF16(await rows.take(picked))),
  };
  const arrays = contentHash({
    sample,
    ...(labels && { labels: { dtype: "i32", shape: [labels.length], data: labels } }),
    ...(factors && { basis: factors.basis, singular: factors.singular, mean: factors.mean }),
  });
  return textHash([JSON.stringify([rows.size, bank.dim, encoderId, preprocessing, index, replaces ?? null, arrays])]);
}
