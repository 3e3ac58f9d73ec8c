import { key, rowsByLabel, ShapeError } from "@gmem/tensor";
import { type Bank, bankOf } from "./bank.ts";
import { BankError } from "./bank-error.ts";
import { sourcesOfSpans, spansOfNames } from "./bank-sources.ts";
import { pickedRows, rowsWithout } from "./row-views.ts";
import { spansAt, spansWithout } from "./spans.ts";

/**
 * The rows of a bank that are named, in that order, as a bank of their own over the same storage.
 * @throws {ShapeError} for a row outside the bank, or for none.
 * @example
 * select(build(key(0).normal([10, 4])), Int32Array.of(7, 2)).size; // 2
 */
export function select(bank: Bank, rows: Int32Array): Bank {
  const outside = rows.find((row) => !(row >= 0 && row < bank.size));
  if (outside !== undefined || rows.length === 0)
    throw new ShapeError(
      "select",
      outside === undefined ? "a bank needs at least one row" : `row ${outside} is outside`,
      [[bank.size, bank.dim]],
    );
  const { moments: _, sources, labels, ...parts } = bank;
  return bankOf({
    ...parts,
    rows: pickedRows(bank.rows, rows),
    ...(labels && { labels: rows.map((row) => labels[row] as number) }),
    ...(sources && { sources: sourcesOfSpans(spansAt(spansOfNames(bank), rows)) }),
  });
}

/**
 * A bank without some rows; the others keep their order and move up.
 * @throws {ShapeError} for a row outside the bank, or if none would be left.
 * @example
 * remove(build(key(0).normal([10, 4])), Int32Array.of(0)).size; // 9
 */
export function remove(bank: Bank, rows: Int32Array): Bank {
  const outside = rows.find((row) => !(row >= 0 && row < bank.size));
  if (outside !== undefined) throw new ShapeError("remove", `row ${outside} is outside`, [[bank.size, bank.dim]]);
  const gone = Int32Array.from(new Set(rows)).sort();
  if (gone.length === bank.size)
    throw new ShapeError("remove", "a bank needs at least one row", [[bank.size, bank.dim]]);
  const { moments: _, sources, labels, ...parts } = bank;
  return bankOf({
    ...parts,
    rows: rowsWithout(bank.rows, gone),
    ...(labels && { labels: without(labels, gone) }),
    ...(sources && { sources: sourcesOfSpans(spansWithout(spansOfNames(bank), gone)) }),
  });
}

/** All values but those at some places, which are in ascending order. */
function without(values: Int32Array, places: Int32Array): Int32Array {
  const kept = new Int32Array(values.length - places.length);
  let start = 0;
  for (let i = 0; i <= places.length; i++) {
    const end = places[i] ?? values.length;
    kept.set(values.subarray(start, end), start - i);
    start = end + 1;
  }
  return kept;
}

/** Rows by label, ascending; rows without label (−1) are left out. @throws {BankError} code `BANK` without labels. */
export function groupByClass(bank: Bank): ReadonlyMap<number, Int32Array> {
  const { labels } = bank;
  if (!labels) throw new BankError("groupByClass", "the bank must have labels; build it with `labels`", "none");
  return rowsByLabel(labels);
}

export interface SubsetOptions {
  readonly seed: number;
  /** `uniform` (default) over rows, or `balanced`: as equal a number of each class as its rows allow. */
  readonly strategy?: "uniform" | "balanced";
}

/**
 * Some rows drawn without replacement, in ascending order (Table 2: capacity).
 * @throws {ShapeError} if `size` is not in 1 … N. @throws {BankError} code `BANK` for `balanced` without labels.
 * @example
 * subset(build(key(0).normal([10, 4])), 3, { seed: 0 }).size; // 3
 */
export function subset(bank: Bank, size: number, options: SubsetOptions): Bank {
  if (!(Number.isInteger(size) && size >= 1 && size <= bank.size))
    throw new ShapeError("subset", `the size must be in 1…${bank.size}`, [[size]]);
  const rng = key(options.seed).split("subset");
  if (options.strategy !== "balanced") return select(bank, rng.permutation(bank.size).subarray(0, size).sort());
  const groups = [...groupByClass(bank)].map(([label, rows]) => {
    const order = rng.split(label).permutation(rows.length);
    return order.map((at) => rows[at] as number);
  });
  const chosen: number[] = [];
  for (let round = 0; chosen.length < size; round++) {
    const candidates = groups.flatMap((rows) => (round < rows.length ? [rows[round] as number] : []));
    if (candidates.length === 0)
      throw new ShapeError("subset", "balanced subsets are drawn from labelled rows", [[chosen.length], [size]]);
    const order = rng.split("round").split(round).permutation(candidates.length);
    for (const at of order) if (chosen.length < size) chosen.push(candidates[at] as number);
  }
  return select(bank, Int32Array.from(chosen).sort());
}
