import type { Bank } from "./bank.ts";
import { rowBlocks } from "./rows.ts";
import { blockSize } from "./rows-moments.ts";

/** What a bank holds, before anything is trained on it. */
export interface BankReport {
  readonly rows: number;
  readonly dim: number;
  readonly rank?: number;
  readonly encoderId: string;
  readonly preprocessing: string;
  /** Rows by label, ascending by label; absent without labels. */
  readonly classes?: readonly { readonly label: number; readonly rows: number }[];
  /** Rows that equal an earlier row in every bit. */
  readonly duplicates: number;
  /** Bytes of the stored rows as float32. */
  readonly bytes: number;
}

/**
 * Reads a bank once and says what is in it.
 * @example
 * (await report(build(key(0).normal([10, 4])))).duplicates; // 0
 */
export async function report(bank: Bank): Promise<BankReport> {
  const { rows, labels, rank } = bank;
  const seen = new Set<string>();
  let duplicates = 0;
  for await (const block of rowBlocks(rows, blockSize)) {
    const count = rows.width === 0 ? 0 : block.length / rows.width;
    for (let row = 0; row < count; row++) {
      const id = fingerprint(block.subarray(row * rows.width, (row + 1) * rows.width));
      if (seen.has(id)) duplicates++;
      else seen.add(id);
    }
  }
  const counts = new Map<number, number>();
  for (const label of labels ?? []) counts.set(label, (counts.get(label) ?? 0) + 1);
  const classes = [...counts].sort(([a], [b]) => a - b).map(([label, count]) => ({ label, rows: count }));
  return {
    rows: bank.size,
    dim: bank.dim,
    ...(rank !== undefined && { rank }),
    encoderId: bank.encoderId,
    preprocessing: bank.preprocessing,
    ...(labels && { classes }),
    duplicates,
    bytes: 4 * rows.size * rows.width,
  };
}

/** 64 bits of the values' bits (FNV-1a, two lanes). */
function fingerprint(values: Float32Array): string {
  const words = new Int32Array(values.buffer, values.byteOffset, values.length);
  let [a, b] = [0x811c9dc5, 0x9747b28c];
  for (const word of words) {
    a = Math.imul(a ^ word, 0x01000193);
    b = Math.imul(b ^ word ^ (b >>> 15), 0x85ebca6b);
  }
  return `${a}:${b}`;
}
