import { type Bank, sourcesAt } from "@gmem/memory-bank";

export interface BankRowContext {
  readonly run: string;
  readonly bank: Bank;
  readonly classes: readonly string[];
  /** Of a bank that has them. */
  readonly source: string | undefined;
}

/** A row of a bank as it is answered. */
export interface BankRow {
  readonly index: number;
  readonly label: string | number | null;
  readonly source: string | null;
  readonly thumbnail: string;
}

/** Rows of a bank as they are answered. */
export async function bankRows(
  rows: Int32Array,
  { bank, ...context }: Omit<BankRowContext, "source">,
): Promise<readonly BankRow[]> {
  const sources = bank.sources ? await sourcesAt(bank, rows) : [];
  return [...rows].map((row, i) => bankRow(row, { ...context, bank, source: sources[i] }));
}

function bankRow(row: number, { run, bank, classes, source }: BankRowContext): BankRow {
  const label = bank.labels?.[row] ?? -1;
  return {
    index: row,
    label: label < 0 ? null : (classes[label] ?? label),
    source: source ?? null,
    thumbnail: `/v1/runs/${encodeURIComponent(run)}/bank/${row}/image`,
  };
}
