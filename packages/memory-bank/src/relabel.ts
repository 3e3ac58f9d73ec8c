import { type Bank, bankOf } from "./bank.ts";
import { BankError } from "./bank-error.ts";
import { addedNames, sourcesOfSpans, spansOfNames } from "./bank-sources.ts";
import { spansIn } from "./spans.ts";

export interface RelabelOptions {
  /** From 0; −1 takes the label away. */
  readonly label?: number;
  /** What the row is called. */
  readonly source?: string;
}

/** The bank with another label or name of one row, over the same storage. @throws {BankError} code `BANK` for what cannot be. */
export function relabel(bank: Bank, row: number, { label, source }: RelabelOptions): Bank {
  if (!(Number.isInteger(row) && row >= 0 && row < bank.size))
    throw new BankError("relabel", `the row must be in 0…${bank.size - 1}`, `${row}`);
  if (label !== undefined && !(Number.isInteger(label) && label >= -1))
    throw new BankError("relabel", "a label must be a whole number from 0, or −1 for none", `${label}`);
  if (source !== undefined && (source.trim() === "" || /[\r\n]/.test(source)))
    throw new BankError("relabel", "a name must be a single line that says something", JSON.stringify(source));
  const labels = label === undefined ? bank.labels : (bank.labels?.slice() ?? new Int32Array(bank.size).fill(-1));
  if (label !== undefined) (labels as Int32Array)[row] = label;
  const names = spansOfNames(bank);
  return bankOf({
    ...bank,
    ...(labels && { labels }),
    ...(source !== undefined && {
      sources: sourcesOfSpans([...spansIn(names, 0, row), addedNames([source]), ...spansIn(names, row + 1)]),
    }),
  });
}
