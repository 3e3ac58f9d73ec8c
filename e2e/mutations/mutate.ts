import type { Rng } from "@gmem/tensor";

type Draw = () => number;

/** What befalls a file: bytes that flip, go, come twice or come new, numbers that grow to extremes, an early end. */
const edits: readonly ((bytes: Buffer, draw: Draw) => Buffer)[] = [
  flip,
  flip,
  flip,
  number,
  number,
  digit,
  (bytes, draw) => bytes.subarray(0, at(bytes, draw)),
  (bytes, draw) => {
    const [from, to] = span(bytes, draw);
    return Buffer.concat([bytes.subarray(0, from), bytes.subarray(to)]);
  },
  (bytes, draw) => {
    const [from, to] = span(bytes, draw);
    return Buffer.concat([bytes.subarray(0, to), bytes.subarray(from)]);
  },
  (bytes, draw) => {
    const place = at(bytes, draw);
    const more = Buffer.alloc(1 + Math.floor(draw() * 40), Math.floor(draw() * 256));
    return Buffer.concat([bytes.subarray(0, place), more, bytes.subarray(place)]);
  },
];

/** A file with one to four edits, the same for the same key. */
export function mutated(original: Uint8Array, key: Rng): Buffer {
  const numbers = key.uniform([64]).data;
  let next = 0;
  const draw: Draw = () => numbers[next++ % numbers.length] as number;
  let bytes: Buffer = Buffer.from(original);
  for (let count = 1 + Math.floor(draw() * 4); count > 0; count--)
    bytes = (edits[Math.floor(draw() * edits.length)] as (typeof edits)[number])(bytes, draw);
  return bytes;
}

/** Half of all places are near the beginning or the end, where the headers are. */
function at(bytes: Buffer, draw: Draw): number {
  const [where, far] = [draw(), draw()];
  const near = Math.min(bytes.length, 300);
  if (where < 0.25) return Math.floor(far * near);
  if (where < 0.5) return bytes.length - near + Math.floor(far * near);
  return Math.floor(far * bytes.length);
}

function span(bytes: Buffer, draw: Draw): readonly [number, number] {
  const from = at(bytes, draw);
  return [from, Math.min(bytes.length, from + 1 + Math.floor(draw() ** 3 * 400))];
}

function flip(bytes: Buffer, draw: Draw): Buffer {
  const place = at(bytes, draw);
  if (place < bytes.length) bytes[place] = Math.floor(draw() * 256);
  return bytes;
}

const extremes = [
  0n,
  1n,
  0x7fn,
  0xffn,
  0xffffn,
  0x7fffffffn,
  0xffffffffn,
  0x100000000n,
  2n ** 53n,
  2n ** 63n - 1n,
  2n ** 64n - 1n,
];

function number(bytes: Buffer, draw: Draw): Buffer {
  const width = [2, 4, 8][Math.floor(draw() * 3)] as number;
  const value = extremes[Math.floor(draw() * extremes.length)] as bigint;
  const little = Buffer.alloc(8);
  little.writeBigUInt64LE(value & (2n ** 64n - 1n));
  little.copy(bytes, Math.max(0, Math.min(at(bytes, draw), bytes.length - width)), 0, Math.min(width, bytes.length));
  return bytes;
}

/** A digit of a text becomes many. */
function digit(bytes: Buffer, draw: Draw): Buffer {
  const start = at(bytes, draw);
  const place = bytes.findIndex((byte, i) => i >= start && byte >= 0x30 && byte <= 0x39);
  if (place < 0) return flip(bytes, draw);
  const text = ["99999", "4294967296", "-1", "1e9", "0.5", "null", '""'][Math.floor(draw() * 7)] as string;
  return Buffer.concat([bytes.subarray(0, place), Buffer.from(text), bytes.subarray(place + 1)]);
}
