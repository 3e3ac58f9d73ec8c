import type { Bank } from "@gmem/memory-bank";

export interface BankRowContext {
  readonly run: string;
  readonly bank: Bank;
  readonly classes: readonly string[];
  readonly sources: readonly string[];
}

/** A row of a bank as it is answered. */
export interface BankRow {
  readonly index: number;
  readonly label: string | number | null;
  readonly source: string | null;
  readonly thumbnail: string;
}

export function bankRow(row: number, { run, bank, classes, sources }: BankRowContext): BankRow {
  const label = bank.labels?.[row] ?? -1;
  return {
    index: row,
    label: label < 0 ? null : (classes[label] ?? label),
    source: sources[row] ?? null,
    thumbnail: `/v1/runs/${encodeURIComponent(run)}/bank/${row}/image`,
  };
}
