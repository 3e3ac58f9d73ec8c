import { type Bank, bankOf, rawSnippets } from "./bank.ts";
import { BankError } from "./bank-error.ts";
import { projectedRows, wholeRows } from "./factorize.ts";
import { type FitOptions, fitFactors } from "./fit-factors.ts";
import { openBank } from "./open-bank.ts";
import { memoryRows } from "./rows.ts";
import { type SaveOptions, saveBank } from "./save-bank.ts";

export interface CompressOptions extends Omit<FitOptions, "moments">, SaveOptions {
  /** Write the compressed bank here block by block and return it opened; without it, coefficients stay in memory. */
  readonly path?: string;
}

/**
 * The bank as SVD factors (Appendix C): (N + d)·r numbers instead of N·d. Rows are read twice, or once if the bank knows
 * its moments; memory does not grow with N when `path` is given. Of a compressed bank it is a refit.
 * @returns a bank whose `rank` is min(rank, N − 1, d).
 * @throws {BankError} code `BANK` for a rank that is no positive integer or above the rows or the width.
 * @example
 * const bank = build(key(0).normal([64, 16]));
 * const small = await compress(bank, { rank: 4 }); // coefficients [64,4], basis [16,4]
 */
export async function compress(bank: Bank, options: CompressOptions): Promise<Bank> {
  const { path, floats, replaces, ...fit } = options;
  checkRank(fit.rank, bank);
  const snippets = rawSnippets(bank);
  const moments = fit.method === "randomized" ? undefined : await bank.moments?.(fit.engine);
  const factors = await fitFactors(snippets, { ...fit, ...(moments && { moments }) });
  const projected = await projectedRows(snippets, factors, fit.engine);
  try {
    if (path !== undefined) {
      const saving = {
        ...(floats && { floats }),
        ...(replaces !== undefined && { replaces }),
        ...(fit.engine && { engine: fit.engine }),
      };
      await saveBank(bankOf({ ...bank, rows: projected.rows, factors }), path, saving);
      return await openBank(path);
    }
    const shape = { size: bank.size, width: projected.rows.width };
    return bankOf({ ...bank, rows: memoryRows(await wholeRows(projected.rows), shape), factors });
  } finally {
    await projected.dispose();
  }
}

/** @throws {BankError} code `BANK` for a rank that N rows of width d cannot have. */
export function checkRank(rank: number, { size, dim }: Pick<Bank, "size" | "dim">): void {
  const most = Math.min(size, dim);
  if (!(Number.isInteger(rank) && rank >= 1 && rank <= most))
    throw new BankError("compress", `the rank of ${size} rows of width ${dim} must be in 1…${most}`, `${rank}`);
}

/**
 * The snippets of a compressed bank as rows of their own (eq. 2), computed when read.
 * @example
 * const small = await compress(build(key(0).normal([64, 16])), { rank: 4 });
 * reconstruct(small).rank; // undefined
 */
export function reconstruct(bank: Bank): Bank {
  const { factors, rank, ...parts } = bank;
  if (!factors || rank === undefined) return bank;
  return bankOf({ ...parts, rows: rawSnippets(bank) });
}
