import { ShapeError } from "@gmem/tensor";
import type { Bank } from "./bank.ts";
import { spansOfNames } from "./bank-sources.ts";
import { nameList } from "./name-list.ts";
import { spansAt } from "./spans.ts";

/**
 * Names of some rows, without those of all others; "row 7" where none are known.
 * @throws {ShapeError} for a row outside the bank.
 * @example
 * const bank = build(key(0).normal([3, 4]), { sources: ["a.png", "b.png", "c.png"] });
 * await sourcesAt(bank, Int32Array.of(2, 0)); // "c.png", "a.png"
 */
export async function sourcesAt(bank: Bank, rows: Int32Array): Promise<readonly string[]> {
  const outside = rows.find((row) => !(row >= 0 && row < bank.size));
  if (outside !== undefined) throw new ShapeError("sourcesAt", `row ${outside} is outside`, [[bank.size]]);
  const names: string[] = [];
  for (const { base, from } of spansAt(spansOfNames(bank), rows)) names.push((await nameList(base)).at(from));
  return names;
}
