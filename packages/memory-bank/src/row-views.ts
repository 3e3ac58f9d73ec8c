import { ShapeError } from "@gmem/tensor";
import { gathered } from "./gathered-spans.ts";
import { memoryRows, type Rows } from "./rows.ts";
import { type Span, type Spans, spansAt, spansIn, spansOf, spansWithout } from "./spans.ts";

const madeOf = new WeakMap<Rows, Spans<Rows>>();
/** Values of rows that an edit has added: these may be copied. */
const added = new WeakMap<Rows, Float32Array>();

/** What rows are made of; those that are no view, of themselves. */
export const spansOfRows = (rows: Rows): Spans<Rows> => madeOf.get(rows) ?? spansOf([whole(rows)]);

const whole = (rows: Rows): Span<Rows> => ({ base: rows, from: 0, count: rows.size });

/** Rows in memory that an edit adds: views of many of them copy them together. */
export function addedRows(data: Float32Array, shape: { readonly size: number; readonly width: number }): Rows {
  const rows = memoryRows(data, shape);
  added.set(rows, data);
  return rows;
}

/** One after the other. @throws {ShapeError} if widths differ. */
export function joinedRows(parts: readonly Rows[]): Rows {
  const [first] = parts;
  if (!first) throw new ShapeError("joinedRows", "needs at least one part", []);
  const other = parts.find(({ width }) => width !== first.width);
  if (other) throw new ShapeError("joinedRows", "widths must agree", [[first.width], [other.width]]);
  return viewOf(spansOf(parts.flatMap((part) => [...spansIn(spansOfRows(part))])), first.width);
}

/** Some rows of others, in the order given. */
export const pickedRows = (source: Rows, picked: Int32Array): Rows =>
  viewOf(spansOf(spansAt(spansOfRows(source), picked)), source.width);

/** All rows of others but some, which are in ascending order. */
export const rowsWithout = (source: Rows, rows: ArrayLike<number>): Rows =>
  viewOf(spansOf(spansWithout(spansOfRows(source), rows)), source.width);

/** Rows of others from one on. */
export const rowsFrom = (source: Rows, start: number): Rows =>
  viewOf(spansOf(spansIn(spansOfRows(source), start)), source.width);

function viewOf(given: Spans<Rows>, width: number): Rows {
  const spans = gathered(given, {
    sizeOf: (base) => (added.has(base) ? base.size : undefined),
    copy: (parts) => copied(parts, width),
  });
  const [first] = spans.bases;
  if (first && spans.size === first.size && spans.end.length === 1) return first;
  const view: Rows = {
    size: spans.size,
    width,
    async take(rows) {
      return read(spansAt(spans, rows), { size: rows.length, width });
    },
    async slice(start, end) {
      const parts = [...spansIn(spans, start, end)];
      const [only] = parts;
      if (only && parts.length === 1) return only.base.slice(only.from, only.from + only.count);
      return read(parts, { size: end - start, width });
    },
  };
  madeOf.set(view, spans);
  return view;
}

/** Spans of at least so many rows are read as slices, shorter ones together. */
const long = 32;

/** Rows of a view, and of a base where they lie. */
interface Places {
  readonly here: number[];
  readonly there: number[];
}

/** Rows of spans; each base is asked once for those that lie scattered. */
async function read(
  parts: Iterable<Span<Rows>>,
  { size, width }: { readonly size: number; readonly width: number },
): Promise<Float32Array> {
  const out = new Float32Array(size * width);
  const scattered = new Map<Rows, Places>();
  let at = 0;
  for (const { base, from, count } of parts) {
    if (count >= long) out.set(await base.slice(from, from + count), at * width);
    else {
      const { here, there } = placesIn(scattered, base);
      for (let i = 0; i < count; i++) {
        here.push(at + i);
        there.push(from + i);
      }
    }
    at += count;
  }
  for (const [base, { here, there }] of scattered) {
    const found = await base.take(Int32Array.from(there));
    if (there.length === size) return found;
    here.forEach((row, i) => {
      out.set(found.subarray(i * width, (i + 1) * width), row * width);
    });
  }
  return out;
}

function placesIn(all: Map<Rows, Places>, base: Rows): Places {
  const places = all.get(base) ?? { here: [], there: [] };
  all.set(base, places);
  return places;
}

function copied(parts: readonly Span<Rows>[], width: number): Rows {
  const size = parts.reduce((sum, { count }) => sum + count, 0);
  const data = new Float32Array(size * width);
  let at = 0;
  for (const { base, from, count } of parts) {
    data.set((added.get(base) as Float32Array).subarray(from * width, (from + count) * width), at);
    at += count * width;
  }
  return addedRows(data, { size, width });
}
