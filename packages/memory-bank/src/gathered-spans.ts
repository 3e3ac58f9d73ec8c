import { type Span, type Spans, spansIn, spansOf } from "./spans.ts";

/** How bases that edits have made are put together. */
export interface Gathering<Base> {
  /** Rows of a base that may be copied; undefined for others: they stay what they are. */
  sizeOf(base: Base): number | undefined;
  /** A base of these rows alone. */
  copy(parts: readonly Span<Base>[]): Base;
}

/** Neighbouring spans of one base, or of several that become one. */
interface Group<Base> {
  readonly base: Base | undefined;
  readonly parts: Span<Base>[];
  count: number;
}

/**
 * Puts neighbouring bases of edits together, so that there are few: each has more than twice the rows of the next, as in a
 * log-structured merge, and a row that is appended is copied some log n times. A base of which less than half is left is
 * copied too, so that rows that were removed leave nothing behind.
 */
export function gathered<Base>(spans: Spans<Base>, { sizeOf, copy }: Gathering<Base>): Spans<Base> {
  if (spans.bases.every((base) => sizeOf(base) === undefined)) return spans;
  const isOurs = ({ base }: Group<Base>): boolean => base === undefined || sizeOf(base) !== undefined;
  const groups: Group<Base>[] = [];
  for (const group of byBase(spans)) {
    groups.push(group);
    for (let [before, last] = groups.slice(-2); before && last; [before, last] = groups.slice(-2)) {
      if (!isOurs(before) || !isOurs(last) || before.count > 2 * last.count) break;
      const parts = before.parts.concat(last.parts);
      groups.splice(-2, 2, { base: undefined, parts, count: before.count + last.count });
    }
  }
  return spansOf(
    groups.flatMap(({ base, parts, count }) => {
      const isWorn = base === undefined || 2 * count < (sizeOf(base) ?? 0);
      return isWorn ? [{ base: copy(parts), from: 0, count }] : parts;
    }),
  );
}

function byBase<Base>(spans: Spans<Base>): readonly Group<Base>[] {
  const groups: Group<Base>[] = [];
  for (const part of spansIn(spans)) {
    const last = groups.at(-1);
    if (last?.base === part.base) {
      last.parts.push(part);
      last.count += part.count;
    } else groups.push({ base: part.base, parts: [part], count: part.count });
  }
  return groups;
}
