import { concatRows, meanRow, type NDArray, type PickOptions, pickByLabel } from "@gmem/tensor";
import { type Bank, bankOf } from "./bank.ts";
import { BankError } from "./bank-error.ts";
import { memoryRows } from "./rows.ts";
import { select } from "./subset.ts";
import { rowNorms } from "./unit-rows.ts";

export interface ReduceOptions extends PickOptions {
  /** Scale averages to unit length; default true. */
  readonly renormalize?: boolean;
}

export interface ReducedBank {
  readonly bank: Bank;
  /** P(row) for a class drawn uniformly and then a row of it: 1/(classes · rows of the class). */
  readonly weights: Float32Array;
  /** Classes with fewer than k rows; all of theirs are used. */
  readonly short: readonly { readonly label: number; readonly rows: number }[];
  /** Rows that have no label and are dropped. */
  readonly unlabelled: number;
}

/**
 * Random@k and Average@k (E.1): a labelled bank cut down to at most k snippets a class, ordered by class.
 * @throws {BankError} code `BANK` if the bank has no labels, or for an average that is zero. @throws {GMemError} code `CONFIG` if k is no positive integer.
 * @example
 * const bank = build(key(0).normal([20, 4]), { labels: Int32Array.from({ length: 20 }, (_, i) => i % 2) });
 * const { bank: small } = await reduce(bank, { pick: "average", perClass: 3, seed: 0 });
 * small.size; // 6
 */
export async function reduce(bank: Bank, options: ReduceOptions): Promise<ReducedBank> {
  const { pick, perClass, renormalize: unit = true } = options;
  if (!bank.labels) throw new BankError("reduce", "the bank must have labels; build it with `labels`", "none");
  const classes = pickByLabel(bank.labels, options);
  const short = classes.flatMap(({ label, available }) => (available < perClass ? [{ label, rows: available }] : []));
  const groups = classes.flatMap((picked) => picked.groups);
  const unlabelled = bank.labels.reduce((count, label) => count + (label < 0 ? 1 : 0), 0);
  const weights = Float32Array.from(
    classes.flatMap(({ groups: { length } }) => Array.from({ length }, () => 1 / (classes.length * length))),
  );
  if (pick === "random")
    return {
      bank: select(
        bank,
        Int32Array.from(groups, ([row]) => row as number),
      ),
      weights,
      short,
      unlabelled,
    };
  const means: NDArray<"f32">[] = [];
  for (const rows of groups) means.push(meanRow(await bank.at(rows), { unit }));
  const { factors: _, moments: __, sources: ___, rank: ____, ...parts } = bank;
  const { data } = concatRows(means);
  const labels = Int32Array.from(classes.flatMap(({ label, groups: own }) => own.map(() => label)));
  const name = (row: number): string => `reduce: an average of class ${labels[row]}`;
  rowNorms(data, bank.dim, { name, what: "snippets", remedy: "its rows cancel out; use random rows" });
  const rows = memoryRows(data, { size: groups.length, width: bank.dim });
  return { bank: bankOf({ ...parts, rows, labels }), weights, short, unlabelled };
}
