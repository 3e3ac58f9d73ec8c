import { RunningMoments } from "@gmem/tensor/linalg";
import { joinLabels } from "./append.ts";
import { type Bank, bankOf, rawSnippets } from "./bank.ts";
import { BankError } from "./bank-error.ts";
import { sourcesOfSpans, spansOfNames } from "./bank-sources.ts";
import { joinedRows } from "./row-views.ts";
import { spansIn } from "./spans.ts";

/**
 * Banks of one encoder, one after the other; also how shards become one bank. Banks that share their factors stay
 * compressed, others are joined as snippets. Moments merge exactly, so that `compress` of the result needs no pass over
 * the shards (docs/formulas.md, "Moments").
 * @throws {BankError} code `BANK`, naming both, if widths, encoders or preprocessing differ.
 * @example
 * const [a, b] = [build(key(0).normal([10, 4])), build(key(1).normal([5, 4]))];
 * concatBanks([a, b]).size; // 15
 */
export function concatBanks(banks: readonly Bank[]): Bank {
  const first = banks[0];
  if (!first) throw new BankError("concatBanks", "needs at least one bank", "none");
  const identity = (bank: Bank): string => `${bank.encoderId} (${bank.preprocessing}, d = ${bank.dim})`;
  for (const bank of banks)
    if (identity(bank) !== identity(first))
      throw new BankError(
        "concatBanks",
        "all banks must come from one encoder; encode one of them again",
        `${identity(first)} and ${identity(bank)}`,
      );
  const { factors: shared, moments: _, labels: __, sources: ___, rank: ____, ...parts } = first;
  const factors = banks.every((bank) => bank.factors === shared) ? shared : undefined;
  const known = banks.map((bank) => bank.moments);
  return bankOf({
    ...parts,
    ...(factors && { factors }),
    rows: joinedRows(banks.map((bank) => (factors ? bank.rows : rawSnippets(bank)))),
    ...(banks.some((bank) => bank.labels) && {
      labels: joinLabels(banks.map((bank) => bank.labels ?? new Int32Array(bank.size).fill(-1))),
    }),
    ...(banks.some((bank) => bank.sources) && {
      sources: sourcesOfSpans(banks.flatMap((bank) => [...spansIn(spansOfNames(bank))])),
    }),
    ...(known.every((moments) => moments !== undefined) && {
      async moments(engine) {
        const total = new RunningMoments(first.dim);
        for (const moments of known) total.merge(await moments(engine));
        return total;
      },
    }),
    close: async () => {
      for (const bank of banks) await bank.close();
    },
  });
}
