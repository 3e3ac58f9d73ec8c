import type { GraphWriter } from "../graph-writer.ts";
import { cut } from "./cut.ts";
import type { Pack } from "./pack.ts";

/** Writes the nodes that put arrays of the state into their pack. */
export function packState(writer: GraphWriter, pack: Pack, { from, to }: PackNames): void {
  writer.label("pack");
  const parts = pack.members.map(({ name, shape, rows }) => {
    const row = pack.shape.slice(1);
    const isRows = shape.length === pack.shape.length;
    return isRows ? from(name) : writer.emit("Reshape", [from(name), writer.integers([rows, ...row])]);
  });
  writer.emitTo([to], "Concat", parts, { attributes: { axis: 0 } });
}

/** Writes the nodes that take the arrays out of a pack again. */
export function unpackState(writer: GraphWriter, pack: Pack, { from, to }: PackNames): void {
  writer.label("unpack");
  const flat: (() => void)[] = [];
  const pieces = pack.members.map(({ name, shape, rows }) => {
    if (shape.length === pack.shape.length) return { length: rows, name: from(name) };
    const piece = writer.fresh("piece");
    flat.push(() => writer.emitTo([from(name)], "Reshape", [piece, writer.integers(shape)]));
    return { length: rows, name: piece };
  });
  cut(writer, to, pieces);
  for (const shaped of flat) shaped();
}

interface PackNames {
  /** Of an array outside the pack. */
  readonly from: (name: string) => string;
  /** Of the pack. */
  readonly to: string;
}
