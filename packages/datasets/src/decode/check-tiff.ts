/** Tags of where the pixels lie, and of how many bytes, by strips and by tiles. */
const places: readonly (readonly [offsets: number, lengths: number])[] = [
  [273, 279],
  [324, 325],
];
/** Tags of what else pixels are made with: bits, colour map, JPEG's tables. */
const needed: readonly number[] = [258, 320, 347];
/** Bytes of a value by its type: BYTE, UNDEFINED, SHORT, LONG, LONG8. */
const widths: Readonly<Record<number, number>> = { 1: 1, 7: 1, 3: 2, 4: 4, 16: 8 };

/**
 * Whether the first picture of a TIFF file lies within it: decoders make up what is missing.
 * @returns what is wrong, as a kind and a reason; undefined if nothing is.
 */
export function checkTiff(bytes: Uint8Array): readonly ["cut short", string] | undefined {
  try {
    const values = directory(bytes);
    for (const [offsets, lengths] of places) {
      const ends = values(lengths);
      const isWithin = values(offsets).every((offset, i) => offset + (ends[i] ?? 0) <= bytes.length);
      if (!isWithin) return ["cut short", "the TIFF data ends before its last pixels"];
    }
    for (const tag of needed) values(tag);
    return undefined;
  } catch (error) {
    if (!(error instanceof RangeError)) throw error; // of a view: beyond the end of the file
    return ["cut short", "the TIFF data ends within its directory"];
  }
}

/** The whole numbers of a tag in the first directory; none if it has no such tag. */
function directory(bytes: Uint8Array): (tag: number) => number[] {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const little = bytes[0] === 0x49;
  const isBig = view.getUint16(2, little) === 43;
  const read = (at: number, width: number): number => {
    if (width === 1) return view.getUint8(at);
    if (width === 2) return view.getUint16(at, little);
    return width === 4 ? view.getUint32(at, little) : Number(view.getBigUint64(at, little));
  };
  const word = isBig ? 8 : 4;
  const start = read(isBig ? 8 : 4, word);
  const first = start + (isBig ? 8 : 2);
  const entry = 4 + 2 * word;
  const count = read(start, isBig ? 8 : 2);
  return (tag) => {
    for (let at = first; at < first + count * entry; at += entry) {
      if (read(at, 2) !== tag) continue;
      const [type, length] = [read(at + 2, 2), read(at + 4, word)];
      const width = widths[type] ?? 0;
      const from = length * width <= word ? at + 4 + word : read(at + 4 + word, word);
      if (from + length * width > bytes.length) throw new RangeError("beyond the end");
      return width === 0 ? [] : Array.from({ length }, (_, i) => read(from + i * width, width));
    }
    return [];
  };
}
