import { type Bank, type BankReport, nearest, report } from "@gmem/memory-bank";
import { counted, type Engine } from "@gmem/tensor";

/** Rows whose nearest neighbours are looked for. */
const looked = 64;

/** What a bank holds, and how alike its rows are. */
export interface BankFacts extends BankReport {
  /** Mean cosine of some rows and the nearest other row of each; NaN for a bank of one row. */
  readonly nearestCosine: number;
  /** How many rows that is the mean of. */
  readonly looked: number;
}

/**
 * Reads a bank once, and compares some of its rows with all.
 * @example
 * import { build } from "@gmem/memory-bank";
 * const { duplicates, nearestCosine } = await bankFacts(build(key(0).normal([20, 4])), referenceEngine());
 */
export async function bankFacts(bank: Bank, engine: Engine): Promise<BankFacts> {
  const count = Math.min(looked, bank.size);
  const rows = Int32Array.from({ length: count }, (_, i) => Math.floor((i * bank.size) / count));
  const { scores } = await nearest(bank, await bank.at(rows), { k: 1, engine, exclude: rows });
  const { length } = scores.data;
  const nearestCosine = length === 0 ? Number.NaN : scores.data.reduce((sum, score) => sum + score, 0) / length;
  return { ...(await report(bank)), nearestCosine, looked: count };
}

/**
 * "4,500 × 256, 3 duplicates, nearest other row at cosine 0.431".
 * @example
 * import { build } from "@gmem/memory-bank";
 * bankInWords(await bankFacts(build(key(0).normal([20, 4])), referenceEngine()));
 */
export function bankInWords({ rows, dim, rank, duplicates, nearestCosine }: BankFacts): string {
  const size = `${rows.toLocaleString("en")} × ${dim}${rank === undefined ? "" : `, rank ${rank}`}`;
  const near = Number.isNaN(nearestCosine) ? "" : `, nearest other row at cosine ${nearestCosine.toFixed(3)}`;
  return `${size}, ${counted(duplicates, "duplicate")}${near}`;
}
