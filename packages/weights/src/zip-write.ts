import { atomicFile } from "./atomic-file.ts";
import { writeBytes } from "./bytes-io.ts";
import { fileError } from "./weights-error.ts";
import { zipSum } from "./zip-read.ts";

const unset = 0xffffffff;
/** 1 January 1980, the first day that zip knows: equal contents give equal files. */
const day = 0x21;

interface Written {
  readonly name: Uint8Array;
  readonly crc: number;
  readonly size: number;
  readonly start: number;
}

/** Where the bytes of an entry begin, so that they can be mapped: a multiple of this. */
const alignment = 64;

/**
 * Writes a zip archive of stored entries, each given in parts and taken when its turn comes; with zip64 records only where
 * sizes need them.
 * @throws {WeightsError} code `DISK_FULL` when there is no room, else `WEIGHTS`; the old file is untouched.
 */
export async function writeZip(
  path: string,
  entries: Iterable<readonly [name: string, parts: readonly Uint8Array[]]>,
): Promise<void> {
  const file = await atomicFile(path);
  let at = 0;
  const put = async (bytes: Uint8Array): Promise<void> => {
    await writeBytes(file.handle, bytes, at);
    at += bytes.length;
  };
  try {
    const written: Written[] = [];
    for (const [text, parts] of entries) {
      const size = parts.reduce((sum, part) => sum + part.length, 0);
      const crc = parts.reduce((sum, part) => zipSum(part, sum), 0);
      const entry = { name: new TextEncoder().encode(text), crc, size, start: at };
      await put(header(entry, false));
      for (const part of parts) await put(part);
      written.push(entry);
    }
    const start = at;
    for (const entry of written) await put(header(entry, true));
    await put(ending({ count: written.length, start, end: at }));
  } catch (cause) {
    await file.abort();
    throw fileError(path, "write", cause);
  }
  await file.commit();
}

/** Numbers of 2, 4 and 8 bytes in a row, little-endian. */
function record(...fields: readonly (readonly [bytes: 2 | 4 | 8, value: number])[]): Uint8Array {
  const view = new DataView(new ArrayBuffer(fields.reduce((sum, [bytes]) => sum + bytes, 0)));
  let at = 0;
  for (const [bytes, value] of fields) {
    if (bytes === 2) view.setUint16(at, value, true);
    else if (bytes === 4) view.setUint32(at, value, true);
    else view.setBigUint64(at, BigInt(value), true);
    at += bytes;
  }
  return new Uint8Array(view.buffer);
}

const joined = (...parts: readonly Uint8Array[]): Uint8Array => new Uint8Array(Buffer.concat(parts));

/** What stands before an entry's bytes, or for it in the directory. */
function header({ name, crc, size, start }: Written, inDirectory: boolean): Uint8Array {
  const bigSize = size >= unset;
  const bigStart = inDirectory && start >= unset;
  const wide = [...(bigSize ? [size, size] : []), ...(bigStart ? [start] : [])];
  const sizes = wide.length === 0 ? [] : record([2, 1], [2, 8 * wide.length], ...wide.map((n) => [8, n] as const));
  const extra = joined(
    Uint8Array.from(sizes),
    inDirectory ? new Uint8Array(0) : padding(start + 30 + name.length + sizes.length),
  );
  const stored = bigSize ? unset : size;
  const common = [
    [2, 45],
    [2, 0x800],
    [2, 0],
    [2, 0],
    [2, day],
    [4, crc],
    [4, stored],
    [4, stored],
    [2, name.length],
    [2, extra.length],
  ] as const;
  if (!inDirectory) return joined(record([4, 0x04034b50], ...common), name, extra);
  const place = [
    [2, 0],
    [2, 0],
    [2, 0],
    [4, 0],
    [4, bigStart ? unset : start],
  ] as const;
  return joined(record([4, 0x02014b50], [2, 45], ...common, ...place), name, extra);
}

/** A field of zeros, behind bytes that end at `end`, up to the next multiple; torch has the same under the same number. */
function padding(end: number): Uint8Array {
  const rest = (alignment - ((end + 4) % alignment)) % alignment;
  return joined(record([2, 0x4246], [2, rest]), new Uint8Array(rest));
}

function ending({
  count,
  start,
  end,
}: {
  readonly count: number;
  readonly start: number;
  readonly end: number;
}): Uint8Array {
  const bytes = end - start;
  const isBig = count >= 0xffff || bytes >= unset || start >= unset;
  const small = record(
    ...([
      [4, 0x06054b50],
      [2, 0],
      [2, 0],
      [2, Math.min(count, 0xffff)],
      [2, Math.min(count, 0xffff)],
    ] as const),
    ...([
      [4, isBig ? unset : bytes],
      [4, isBig ? unset : start],
      [2, 0],
    ] as const),
  );
  if (!isBig) return small;
  const big = record(
    [4, 0x06064b50],
    [8, 44],
    [2, 45],
    [2, 45],
    [4, 0],
    [4, 0],
    [8, count],
    [8, count],
    [8, bytes],
    [8, start],
  );
  return joined(big, record([4, 0x07064b50], [4, 0], [8, end], [4, 1]), small);
}
