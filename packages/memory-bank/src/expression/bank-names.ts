import { suggest } from "@gmem/tensor";
import { type Bank, sourcesOf } from "../bank.ts";

/** What snippets of a bank are called. */
export interface BankNames {
  /** Rows of a class, or the row of a source; undefined for what nothing is called. */
  rows(name: string): Promise<Int32Array | undefined>;
  /** Names near a word, best first. */
  near(word: string): Promise<readonly string[]>;
}

/**
 * Names of a bank's snippets: those of its classes, and of its rows the name of the picture that they came from, whole or
 * without folder and ending. Capitals do not count.
 * @param classes names of the bank's labels.
 * @example
 * const bank = build(key(0).normal([3, 4]), { labels: Int32Array.of(0, 1, 1), sources: ["a.png", "b.png", "c.png"] });
 * await bankNames(bank, ["dog", "cat"]).rows("cat"); // 1, 2
 */
export function bankNames(bank: Bank, classes: readonly string[] = []): BankNames {
  const { labels } = bank;
  const labelled = new Map(classes.map((name, label) => [name.toLowerCase(), label]));
  let known: Promise<ReadonlyMap<string, number>> | undefined;
  const sources = (): Promise<ReadonlyMap<string, number>> => {
    known ??= namesOfRows(bank);
    return known;
  };
  return {
    async rows(name) {
      const word = name.trim().toLowerCase();
      const label = labelled.get(word);
      const rows = label === undefined ? [] : [...(labels ?? [])].flatMap((own, row) => (own === label ? [row] : []));
      if (rows.length > 0) return Int32Array.from(rows);
      const row = (await sources()).get(word);
      return row === undefined ? undefined : Int32Array.of(row);
    },
    async near(word) {
      const held = new Set(labels);
      const classesHeld = [...labelled].flatMap(([name, label]) => (held.has(label) ? [name] : []));
      const all = [...classesHeld, ...(bank.sources ? (await sources()).keys() : [])];
      const lower = word.trim().toLowerCase();
      const within = all.filter((name) => name.includes(lower)).sort((a, b) => a.length - b.length);
      const similar = suggest(lower, all);
      return [...new Set([...(similar === undefined ? [] : [similar]), ...within])].slice(0, 5);
    },
  };
}

/** Row by name; where several are called the same, the first. */
async function namesOfRows(bank: Bank): Promise<ReadonlyMap<string, number>> {
  const rows = new Map<string, number>();
  for (const [row, source] of (await sourcesOf(bank)).entries()) {
    const whole = source.toLowerCase();
    const short = whole.replace(/^.*[/\\]/, "").replace(/\.[a-z]+$/, "");
    for (const name of [whole, short]) if (!rows.has(name)) rows.set(name, row);
  }
  return rows;
}
