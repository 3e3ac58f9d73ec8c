import type { NDArray } from "@gmem/tensor";
import type { Bank } from "../bank.ts";
import { breather } from "../breathe.ts";
import type { BankNames } from "./bank-names.ts";
import { ExpressionError } from "./expression-error.ts";
import { parseExpression, type Term } from "./parse-expression.ts";

export interface ExpressionContext {
  readonly bank: Bank;
  /** See `bankNames`. */
  readonly names: BankNames;
}

/** What an expression came to. */
export interface EvaluatedExpression {
  /** [1,d], of unit length. */
  readonly snippet: NDArray<"f32">;
  /** Every row that is part of it. */
  readonly rows: readonly number[];
}

/** Norms below this are the zero vector. */
const smallest = 1e-6;

/**
 * The snippet of an expression such as `dog + 0.5*hat - cat`, Σ w_i·s_i over its length, s_i being of unit length: a row, or
 * the mean of a class. It is drawn from as any snippet is.
 * @throws {ExpressionError} for a text that is no expression, a row or name that the bank does not have, or a sum of zero.
 * @example
 * const bank = build(key(0).normal([3, 4]), { sources: ["dog.png", "hat.png", "cat.png"] });
 * const { snippet } = await evaluateExpression("dog + 0.5*hat - #2", { bank, names: bankNames(bank) }); // [1,4]
 */
export async function evaluateExpression(
  text: string,
  { bank, names }: ExpressionContext,
): Promise<EvaluatedExpression> {
  const { dim } = bank;
  const sum = new Float64Array(dim);
  const all = new Set<number>();
  for (const term of parseExpression(text)) {
    const rows = await rowsOf(term, { bank, names });
    const data = rows.length === 1 ? (await bank.at(rows)).data : await unitMean(bank, rows);
    for (let i = 0; i < dim; i++) sum[i] = (sum[i] as number) + term.weight * (data[i] as number);
    for (const row of rows) all.add(row);
  }
  const norm = Math.sqrt(sum.reduce((total, value) => total + value * value, 0));
  if (!(norm > smallest)) throw new ExpressionError(0, "the sum must have a direction, got zero");
  return {
    snippet: { dtype: "f32", shape: [1, dim], data: Float32Array.from(sum, (value) => value / norm) },
    rows: [...all].sort((a, b) => a - b),
  };
}

/** Rows that are read at a time. */
const block = 1024;

/** The mean of rows, of unit length; between blocks of them the event loop turns. */
async function unitMean(bank: Bank, rows: Int32Array): Promise<Float64Array> {
  const breathe = breather();
  const mean = new Float64Array(bank.dim);
  for (let from = 0; from < rows.length; from += block) {
    const { data } = await bank.at(rows.subarray(from, from + block));
    for (let at = 0; at < data.length; at++) {
      const i = at % bank.dim;
      mean[i] = (mean[i] as number) + (data[at] as number) / rows.length;
    }
    await breathe();
  }
  const norm = Math.max(Math.hypot(...mean), 1e-12);
  return mean.map((value) => Math.fround(value / norm));
}

async function rowsOf({ of, position }: Term, { bank, names }: ExpressionContext): Promise<Int32Array> {
  if ("row" in of) {
    if (of.row < bank.size) return Int32Array.of(of.row);
    throw new ExpressionError(position, `a row must be in #0 … #${bank.size - 1}, got #${of.row}`);
  }
  const rows = await names.rows(of.name);
  if (rows) return rows;
  throw new ExpressionError(position, `"${of.name}" must name a class or a row of the bank`, await names.near(of.name));
}
