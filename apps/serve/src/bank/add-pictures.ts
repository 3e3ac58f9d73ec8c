import type { Bank, Journal } from "@gmem/memory-bank";
import { build, unitRows } from "@gmem/memory-bank";
import { concatRows, GMemError, type NDArray, stack } from "@gmem/tensor";
import type { BankVersion, ServedBank } from "../runs/served-bank.ts";
import type { ServedRun } from "../runs/served-run.ts";
import { withKeptPictures } from "./row-pictures.ts";

/** A picture that becomes a row. */
export interface NewRow {
  /** [3,S,S]. */
  readonly picture: NDArray<"f32">;
  readonly name: string;
  /** −1 for none. */
  readonly label: number;
}

/** Pictures encoded by the run's encoder, for its bank. @throws {GMemError} code `BANK` if the bank is of another encoder. */
export async function encodedFor(
  { run }: Pick<ServedRun, "run">,
  { bank, pictures }: { readonly bank: Bank; readonly pictures: readonly NDArray<"f32">[] },
): Promise<NDArray<"f32">> {
  const encoder = await run.encoder();
  if (bank.encoderId !== encoder.id && bank.encoderId !== "unspecified")
    throw new GMemError(
      "BANK",
      `${run.files.bank}: pictures are encoded by the bank's own encoder, ${bank.encoderId}, got the run's, ${encoder.id}`,
    );
  return unitRows(await encoder.encode(stack(pictures)));
}

/** Adds pictures to a bank as one edit, and keeps them beside it. @returns the new version and the rows. */
export async function addPictures(
  served: ServedRun & { readonly bank: ServedBank },
  added: readonly NewRow[],
  expected: string | undefined,
): Promise<{ readonly version: BankVersion; readonly rows: readonly number[] }> {
  const { bank, run } = served;
  const pictures = added.map(({ picture }) => picture);
  const features = concatRows(
    await Promise.all(pictures.map((one) => encodedFor(served, { bank: bank.now.bank, pictures: [one] }))),
  );
  const stored = await build(features).at(Int32Array.from(added.keys())); // as the bank gives them back
  const width = bank.now.bank.dim;
  const kept = pictures.map((picture, i) => ({ picture, snippet: stored.data.slice(i * width, (i + 1) * width) }));
  let before = 0;
  const edit = (journal: Journal, now: Bank): Promise<Bank> => {
    before = now.size;
    return withKeptPictures(run.files, kept, () =>
      journal.apply({
        kind: "append",
        features,
        sources: added.map(({ name }) => name),
        ...(now.labels || added.some(({ label }) => label >= 0) ? { labels: added.map(({ label }) => label) } : {}),
      }),
    );
  };
  const version = await bank.change(edit, { expected });
  return { version, rows: added.map((_, i) => before + i) };
}
