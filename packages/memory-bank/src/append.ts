import { checkArray, checkOptions, type NDArray, type OptionTable, ShapeError } from "@gmem/tensor";
import { type Bank, bankOf } from "./bank.ts";
import { addedNames, sourcesOfSpans, spansOfNames } from "./bank-sources.ts";
import { project, residuals } from "./factors.ts";
import { grownMoments } from "./grown-moments.ts";
import { addedRows, joinedRows } from "./row-views.ts";
import { spansIn } from "./spans.ts";
import { unitRows } from "./unit-rows.ts";

export interface AppendOptions {
  /** [n]; default −1. */
  readonly labels?: Int32Array;
  /** Default "appended 0", "appended 1", … */
  readonly sources?: readonly string[];
}

/**
 * Adds rows at the end: s = f(x)/‖f(x)‖, in a compressed bank as c = ((s − μ) B) ⊘ S (eq. 3).
 * @param features [n,d], normalised here.
 * @returns the new bank and for each row ρ = ‖s − ŝ‖/‖s‖, what the factors lose: 0 for an uncompressed bank; above 0.5
 * the image is far from everything in the bank, and the model will not draw it well (Appendix L).
 * @throws {ShapeError} if widths differ. @throws {BankError} naming the row, if a feature is NaN, infinite or zero.
 * @example
 * const bank = build(key(0).normal([10, 4]));
 * const { bank: longer } = append(bank, key(1).normal([1, 4]));
 * longer.size; // 11
 */
export function append(
  bank: Bank,
  features: NDArray<"f32">,
  options: AppendOptions = {},
): { readonly bank: Bank; readonly residuals: Float32Array } {
  checkArray("append: features", features);
  checkOptions("append", options, { labels: "optional", sources: "optional" } satisfies OptionTable<AppendOptions>);
  const { labels, sources } = options;
  const [n = 0, d] = features.shape;
  if (features.shape.length !== 2 || d !== bank.dim)
    throw new ShapeError("append", `features must be [n,${bank.dim}]`, [features.shape]);
  if ((labels && labels.length !== n) || (sources && sources.length !== n))
    throw new ShapeError("append", `labels and sources must have ${n} entries`, [
      [labels?.length ?? n],
      [sources?.length ?? n],
    ]);
  const name = (row: number): string => sources?.[row] ?? `appended ${row}`;
  const snippets = unitRows(features, { name });
  const { factors } = bank;
  const stored = factors ? project(factors, snippets) : snippets;
  const { moments } = bank;
  const rows = joinedRows([bank.rows, addedRows(stored.data, { size: n, width: bank.rows.width })]);
  return {
    bank: bankOf({
      ...bank,
      rows,
      ...((bank.labels || labels) && {
        labels: joinLabels([bank.labels ?? new Int32Array(bank.size).fill(-1), labels ?? new Int32Array(n).fill(-1)]),
      }),
      ...((bank.sources || sources) && {
        sources: sourcesOfSpans([
          ...spansIn(spansOfNames(bank)),
          addedNames(Array.from({ length: n }, (_, row) => name(row))),
        ]),
      }),
      ...(moments && { moments: grownMoments({ ...bank, moments }, { snippets, rows }) }),
    }),
    residuals: factors ? residuals(factors, snippets) : new Float32Array(n),
  };
}

/** Labels one after the other. */
export function joinLabels(parts: readonly Int32Array[]): Int32Array {
  const joined = new Int32Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    joined.set(part, at);
    at += part.length;
  }
  return joined;
}
