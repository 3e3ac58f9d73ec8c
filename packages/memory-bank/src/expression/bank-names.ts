import { suggest } from "@gmem/tensor";
import type { Bank } from "../bank.ts";
import { type NameBase, spansOfNames } from "../bank-sources.ts";
import { breather } from "../breathe.ts";
import { nameList } from "../name-list.ts";
import { type Spans, spansIn } from "../spans.ts";
import { callsOf, type NameTable, nameTable } from "./name-table.ts";

/** What snippets of a bank are called. */
export interface BankNames {
  /** Rows of a class, or the row of a source; undefined for what nothing is called. */
  rows(name: string): Promise<Int32Array | undefined>;
  /** Names near a word, best first; of a bank of many rows those among the first that may be meant. */
  near(word: string): Promise<readonly string[]>;
  /** Rows whose class or source holds a word. */
  holding(word: string): Promise<Int32Array>;
}

/** Names that a word is compared with letter by letter. */
const compared = 20_000;

/**
 * Names of a bank's snippets: those of its classes, and of its rows the name of the picture that they came from, whole or
 * without folder and ending. Capitals do not count. Names are put into a table at the first question, once for all edits of a
 * bank; of millions of rows that takes a second, in which the event loop turns.
 * @param classes names of the bank's labels.
 * @example
 * const bank = build(key(0).normal([3, 4]), { labels: Int32Array.of(0, 1, 1), sources: ["a.png", "b.png", "c.png"] });
 * await bankNames(bank, ["dog", "cat"]).rows("cat"); // 1, 2
 */
export function bankNames(bank: Bank, classes: readonly string[] = []): BankNames {
  const { labels = new Int32Array(0) } = bank;
  const labelled = new Map(classes.map((name, label) => [name.toLowerCase(), label]));
  return {
    async rows(name) {
      const word = name.trim().toLowerCase();
      const label = labelled.get(word);
      const rows: number[] = [];
      if (label !== undefined)
        await eachLabel(labels, (own, row) => {
          if (own === label) rows.push(row);
        });
      return rows.length > 0 ? Int32Array.from(rows) : rowCalled(spansOfNames(bank), word);
    },
    async near(word) {
      const held = new Uint8Array(classes.length);
      await eachLabel(labels, (label) => {
        held[label] = 1;
      });
      const classesHeld = [...labelled].flatMap(([name, label]) => (held[label] === 1 ? [name] : []));
      const lower = word.trim().toLowerCase();
      const within = new Set(classesHeld.filter((name) => name.includes(lower)));
      const like: string[] = [...classesHeld];
      if (bank.sources)
        await eachName(bank, (source) => {
          for (const name of callsOf(source)) {
            if (within.size < compared && name.includes(lower)) within.add(name);
            if (like.length < compared && mayBeMeant(name, lower)) like.push(name);
          }
        });
      const similar = await mostLike(lower, like);
      const holding = [...within].sort((a, b) => a.length - b.length);
      return [...new Set([...(similar === undefined ? [] : [similar]), ...holding])].slice(0, 5);
    },
    async holding(word) {
      const lower = word.toLowerCase();
      const wanted = new Set(classes.flatMap((name, label) => (name.toLowerCase().includes(lower) ? [label] : [])));
      const rows: number[] = [];
      if (bank.sources)
        await eachName(bank, (source, row) => {
          if (wanted.has(labels[row] ?? -1) || source.toLowerCase().includes(lower)) rows.push(row);
        });
      else
        await eachLabel(labels, (label, row) => {
          if (wanted.has(label)) rows.push(row);
        });
      return Int32Array.from(rows);
    },
  };
}

/** What `suggest` gives, some names at a time. */
async function mostLike(word: string, names: readonly string[]): Promise<string | undefined> {
  const breathe = breather();
  const best: string[] = [];
  for (let from = 0; from < names.length; from += 256) {
    const one = suggest(word, names.slice(from, from + 256));
    if (one !== undefined) best.push(one);
    await breathe();
  }
  return suggest(word, best);
}

/** As long as a word but for what `suggest` lets differ. */
const mayBeMeant = (name: string, word: string): boolean =>
  Math.abs(name.length - word.length) <= Math.max(2, Math.floor(word.length / 3));

/** Looks at the label of each row. */
async function eachLabel(labels: Int32Array, see: (label: number, row: number) => void): Promise<void> {
  const breathe = breather();
  for (let from = 0; from < labels.length; from += 2 ** 16) {
    for (let row = from; row < Math.min(from + 2 ** 16, labels.length); row++) see(labels[row] as number, row);
    await breathe();
  }
}

/** Looks at the name of each row. */
async function eachName(bank: Bank, see: (name: string, row: number) => void): Promise<void> {
  const breathe = breather();
  let row = 0;
  for (const { base, from, count } of spansIn(spansOfNames(bank))) {
    const list = await nameList(base);
    for (let i = from; i < from + count; i++) {
      see(list.at(i), row++);
      if (row % 512 === 0) await breathe();
    }
  }
}

const tables = new WeakMap<NameBase, Promise<NameTable>>();

function tableOf(base: NameBase): Promise<NameTable> {
  const known = tables.get(base) ?? nameList(base).then(nameTable);
  tables.set(base, known);
  known.catch(() => tables.delete(base));
  return known;
}

/** The first row that is called so. */
async function rowCalled(spans: Spans<NameBase>, word: string): Promise<Int32Array | undefined> {
  const found = new Map<NameBase, readonly number[]>();
  for (const base of spans.bases) found.set(base, (await tableOf(base)).find(word));
  let start = 0;
  for (const { base, from, count } of spansIn(spans)) {
    const row = found.get(base)?.find((one) => one >= from && one < from + count);
    if (row !== undefined) return Int32Array.of(start + row - from);
    start += count;
  }
  return undefined;
}
