/**
 * Rows as spans of consecutive rows of what they are made of, their bases. Views of views are spans of the same bases, in one
 * flat form: what they cost depends on the spans that are left, not on the edits that led there.
 */
export interface Spans<Base> {
  readonly size: number;
  /** Each is used by a span. */
  readonly bases: readonly Base[];
  /** Of each span: its base, its first row there, and the row here that follows its last. */
  readonly base: Int32Array;
  readonly from: Int32Array;
  readonly end: Int32Array;
}

/** Consecutive rows of a base. */
export interface Span<Base> {
  readonly base: Base;
  readonly from: number;
  readonly count: number;
}

/** Spans one after the other; neighbours that are consecutive rows of one base become one. */
export function spansOf<Base>(parts: Iterable<Span<Base>>): Spans<Base> {
  const numbers = new Map<Base, number>();
  const [base, from, end]: [number[], number[], number[]] = [[], [], []];
  let size = 0;
  for (const { base: own, from: first, count } of parts) {
    if (count === 0) continue;
    const number = numbers.get(own) ?? numbers.size;
    numbers.set(own, number);
    const last = end.length - 1;
    const begins = last === 0 ? 0 : (end[last - 1] as number);
    const follows = last >= 0 && base[last] === number && (from[last] as number) + size - begins === first;
    size += count;
    if (follows) end[last] = size;
    else {
      base.push(number);
      from.push(first);
      end.push(size);
    }
  }
  return {
    size,
    bases: [...numbers.keys()],
    base: Int32Array.from(base),
    from: Int32Array.from(from),
    end: Int32Array.from(end),
  };
}

/** The spans of rows start … end−1. */
export function* spansIn<Base>(spans: Spans<Base>, start = 0, end: number = spans.size): Generator<Span<Base>> {
  for (let at = start, s = spanAt(spans, start); at < end; s++) {
    const until = Math.min(end, spans.end[s] as number);
    const from = (spans.from[s] as number) + at - beginning(spans, s);
    yield { base: spans.bases[spans.base[s] as number] as Base, from, count: until - at };
    at = until;
  }
}

/** The span of each row, in the order given. */
export function* spansAt<Base>(spans: Spans<Base>, rows: Iterable<number>): Generator<Span<Base>> {
  let s = 0;
  for (const row of rows) {
    if (row < beginning(spans, s) || row >= (spans.end[s] as number)) s = spanAt(spans, row);
    const from = (spans.from[s] as number) + row - beginning(spans, s);
    yield { base: spans.bases[spans.base[s] as number] as Base, from, count: 1 };
  }
}

/** The spans of all rows but some, which are in ascending order. */
export function* spansWithout<Base>(spans: Spans<Base>, rows: ArrayLike<number>): Generator<Span<Base>> {
  let start = 0;
  for (let i = 0; i <= rows.length; i++) {
    const end = rows[i] ?? spans.size;
    if (end > start) yield* spansIn(spans, start, end);
    start = end + 1;
  }
}

const beginning = ({ end }: Spans<unknown>, s: number): number => (s === 0 ? 0 : (end[s - 1] as number));

/** The span that holds a row, by halves. */
function spanAt({ end }: Spans<unknown>, row: number): number {
  let [low, high] = [0, end.length - 1];
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((end[middle] as number) > row) high = middle;
    else low = middle + 1;
  }
  return low;
}
