import type { Bank, BankParts } from "./bank.ts";
import { gathered } from "./gathered-spans.ts";
import { type Span, type Spans, spansIn, spansOf } from "./spans.ts";

export type Sources = NonNullable<BankParts["sources"]>;

/** Names as they were given, or what reads them; those of edits are lists. */
export type NameBase = Sources | readonly string[];

const madeOf = new WeakMap<Sources, Spans<NameBase>>();

/** What the names of a bank's rows are made of; "row 7" where none are known. */
export function spansOfNames({ size, sources }: Pick<Bank, "size" | "sources">): Spans<NameBase> {
  const known = sources && madeOf.get(sources);
  const base = sources ?? (async () => Array.from({ length: size }, (_, row) => `row ${row}`));
  return known ?? spansOf([{ base, from: 0, count: size }]);
}

/** Names that an edit adds. */
export const addedNames = (names: readonly string[]): Span<NameBase> => ({
  base: names,
  from: 0,
  count: names.length,
});

/** Names made of others: read once each when they are asked for, however many edits there were. */
export function sourcesOfSpans(parts: Iterable<Span<NameBase>>): Sources {
  const spans = gathered(spansOf(parts), { sizeOf, copy });
  const sources: Sources = async () => {
    const names: string[] = [];
    const read = new Map<NameBase, readonly string[]>();
    for (const base of spans.bases) read.set(base, typeof base === "function" ? await base() : base);
    for (const { base, from, count } of spansIn(spans)) {
      const own = read.get(base) as readonly string[];
      for (let i = from; i < from + count; i++) names.push(own[i] as string);
    }
    return names;
  };
  madeOf.set(sources, spans);
  return sources;
}

const sizeOf = (base: NameBase): number | undefined => (typeof base === "function" ? undefined : base.length);

const copy = (parts: readonly Span<NameBase>[]): NameBase =>
  parts.flatMap(({ base, from, count }) => (base as readonly string[]).slice(from, from + count));
