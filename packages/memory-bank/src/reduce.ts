import { key } from "@gmem/tensor";
import { type Bank, bankOf } from "./bank.ts";
import { memoryRows } from "./rows.ts";
import { groupByClass, select } from "./subset.ts";
import { normalized } from "./unit-rows.ts";

export interface ReduceOptions {
  /** Random@k draws k rows of each class; Average@k averages k equal random groups. */
  readonly pick: "random" | "average";
  /** k. */
  readonly perClass: number;
  readonly seed: number;
  /** Scale averages to unit length; default true. */
  readonly renormalize?: boolean;
}

export interface ReducedBank {
  readonly bank: Bank;
  /** P(row) for a class drawn uniformly and then a row of it: 1/(classes · rows of the class). */
  readonly weights: Float32Array;
  /** Classes with fewer than k rows; all of theirs are used. */
  readonly short: readonly { readonly label: number; readonly rows: number }[];
}

/**
 * Random@k and Average@k (E.1): a labelled bank cut down to at most k snippets a class, ordered by class.
 * @throws {BankError} code `BANK` if the bank has no labels.
 * @example
 * const bank = build(key(0).normal([20, 4]), { labels: Int32Array.from({ length: 20 }, (_, i) => i % 2) });
 * const { bank: small } = await reduce(bank, { pick: "average", perClass: 3, seed: 0 });
 * small.size; // 6
 */
export async function reduce(bank: Bank, options: ReduceOptions): Promise<ReducedBank> {
  const { pick, perClass, seed, renormalize = true } = options;
  const classes = [...groupByClass(bank)];
  const short = classes.flatMap(([label, rows]) => (rows.length < perClass ? [{ label, rows: rows.length }] : []));
  const shuffled = classes.map(([label, rows]) => {
    const order = key(seed).split("reduce").split(label).permutation(rows.length);
    return { label, rows: order.map((at) => rows[at] as number), kept: Math.min(perClass, rows.length) };
  });
  const weights = Float32Array.from(
    shuffled.flatMap(({ kept }) => Array.from({ length: kept }, () => 1 / (classes.length * kept))),
  );
  if (pick === "random") {
    const rows = shuffled.flatMap(({ rows: all, kept }) => Array.from(all.subarray(0, kept)));
    return { bank: select(bank, Int32Array.from(rows)), weights, short };
  }
  const data = new Float32Array(weights.length * bank.dim);
  const labels = new Int32Array(weights.length);
  let out = 0;
  for (const { label, rows, kept } of shuffled)
    for (let group = 0; group < kept; group++, out++) {
      const members = rows.filter((_, at) => at % kept === group);
      const snippets = await bank.at(members);
      const average = new Float64Array(bank.dim);
      snippets.data.forEach((value, at) => {
        average[at % bank.dim] = (average[at % bank.dim] as number) + value / members.length;
      });
      data.set(renormalize ? normalized(Float32Array.from(average), bank.dim) : average, out * bank.dim);
      labels[out] = label;
    }
  const { factors: _, moments: __, sources: ___, rank: ____, ...parts } = bank;
  const rows = memoryRows(data, { size: labels.length, width: bank.dim });
  return { bank: bankOf({ ...parts, rows, labels }), weights, short };
}
