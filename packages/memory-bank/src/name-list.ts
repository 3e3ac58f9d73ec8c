import { once } from "@gmem/tensor";
import type { NameBase, Sources } from "./bank-sources.ts";
import { breather } from "./breathe.ts";

/** Names of rows, each by its number. */
export interface NameList {
  readonly size: number;
  at(row: number): string;
}

const lists = new WeakMap<Sources, () => Promise<NameList>>();

/** Sources whose list is made once, when a name is asked for: without it all are read, and read again each time. */
export function listedSources(sources: Sources, list: () => Promise<NameList>): Sources {
  lists.set(sources, once(list));
  return sources;
}

/** The names of a base, read once. */
export async function nameList(base: NameBase): Promise<NameList> {
  if (typeof base !== "function") return listOf(base);
  const known = lists.get(base) ?? once(async () => listOf(await base()));
  lists.set(base, known);
  return known();
}

const listOf = (names: readonly string[]): NameList => ({
  size: names.length,
  at: (row) => names[row] as string,
});

/** Lines of a text as names, left as bytes: a string for each of a million takes three times as much. */
export async function listOfLines(text: Uint8Array, size: number): Promise<NameList> {
  const bytes = Buffer.from(text.buffer, text.byteOffset, text.byteLength);
  const ends = new Float64Array(size);
  const breathe = breather();
  for (let row = 0, at = 0; row < size; row++) {
    const end = bytes.indexOf(0x0a, at);
    ends[row] = end < 0 ? bytes.length : end;
    at = (ends[row] as number) + 1;
    if (row % 4096 === 0) await breathe();
  }
  const start = (row: number): number => (row === 0 ? 0 : (ends[row - 1] as number) + 1);
  return { size, at: (row) => bytes.toString("utf8", start(row), ends[row]) };
}
