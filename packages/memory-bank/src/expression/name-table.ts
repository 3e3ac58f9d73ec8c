import { breather } from "../breathe.ts";
import type { NameList } from "../name-list.ts";

/** Where names stand in a list. */
export interface NameTable {
  /** Rows that are called so, ascending. @param word in small letters. */
  find(word: string): readonly number[];
}

/** What a row is called: its name, and that without folder and ending, in small letters. */
export function callsOf(name: string): readonly [whole: string, short: string] {
  const whole = name.toLowerCase();
  return [whole, whole.replace(/^.*[/\\]/, "").replace(/\.[a-z]+$/, "")];
}

/** A hash of a word, FNV-1a. */
function hashOf(word: string): number {
  let hash = 0x811c9dc5;
  for (let i = 0; i < word.length; i++) hash = Math.imul(hash ^ word.charCodeAt(i), 0x01000193);
  return hash >>> 0;
}

/** A table of hashes, for lists of millions: some sixteen bytes a row, where a map of strings takes two hundred. */
export async function nameTable(list: NameList): Promise<NameTable> {
  const breathe = breather();
  const mask = 2 ** Math.ceil(Math.log2(2 * list.size + 2)) - 1;
  const heads = new Int32Array(mask + 1).fill(-1);
  /** Entries 2·row and 2·row + 1 of a row's names: the one before with the same place in the table. */
  const before = new Int32Array(2 * list.size);
  for (let row = 0; row < list.size; row++) {
    const [whole, short] = callsOf(list.at(row));
    for (const [entry, word] of [whole, short].entries()) {
      if (entry === 1 && short === whole) continue;
      const place = hashOf(word) & mask;
      before[2 * row + entry] = heads[place] as number;
      heads[place] = 2 * row + entry;
    }
    if (row % 512 === 0) await breathe();
  }
  return {
    find(word) {
      const rows: number[] = [];
      for (let entry = heads[hashOf(word) & mask] as number; entry >= 0; entry = before[entry] as number)
        if (callsOf(list.at(entry >> 1))[entry & 1] === word) rows.push(entry >> 1);
      return rows.reverse();
    },
  };
}
