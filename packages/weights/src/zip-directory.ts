import { readBytesSync } from "./bytes-io.ts";
import { WeightsError } from "./weights-error.ts";

/** One file inside a zip archive. */
export interface ZipEntry {
  readonly name: string;
  /** 0 stored, 8 deflated. */
  readonly method: 0 | 8;
  readonly crc: number;
  /** Bytes in the archive. */
  readonly packed: number;
  /** Bytes once unpacked. */
  readonly size: number;
  /** Where its bytes begin in the archive. */
  readonly start: number;
}

/** An open file and its length. */
export interface OpenFile {
  readonly fd: number;
  readonly size: number;
  readonly file: string;
}

/** Deflate cannot shrink more than this. */
const maxRatio = 1032;
const unset = 0xffffffff;

/**
 * Reads the directory of a zip archive, zip64 too, without touching what is inside: every entry in the file, none
 * overlapping, no name twice, no size that deflate could not give.
 * @throws {WeightsError} code `FORMAT`
 */
export function readZipDirectory(open: OpenFile): ReadonlyMap<string, ZipEntry> {
  const { fd, size: length, file } = open;
  const fail = (rule: string, found: string): never => {
    throw new WeightsError("FORMAT", { file, rule: `zip: ${rule}`, found });
  };
  const at = (start: number, end: number): DataView => {
    if (start < 0 || start > end || end > length)
      fail("what the directory points to must lie in the file; it may be truncated, fetch it again", `byte ${end}`);
    return new DataView(readBytesSync(fd, { start, end, file }).buffer);
  };
  const wide = (view: DataView, offset: number): number => {
    const value = view.getBigUint64(offset, true);
    return value <= BigInt(length) ? Number(value) : fail("sizes must fit in the file", String(value));
  };
  const { count, start, end } = locate();
  const view = at(start, end);
  const bytes = new Uint8Array(view.buffer);
  if (count > view.byteLength / 46) fail("the directory must hold the entries it counts", `${count} entries`);
  const found: (Omit<ZipEntry, "start"> & { readonly header: number })[] = [];
  let cursor = 0;
  for (let i = 0; i < count; i++) {
    if (cursor + 46 > view.byteLength || view.getUint32(cursor, true) !== 0x02014b50)
      fail("an entry of the directory begins with PK\\1\\2", `other bytes at ${start + cursor}`);
    const nameEnd = cursor + 46 + view.getUint16(cursor + 28, true);
    const extraEnd = nameEnd + view.getUint16(cursor + 30, true);
    const next = extraEnd + view.getUint16(cursor + 32, true);
    if (next > view.byteLength) fail("the directory must not end inside an entry", `${view.byteLength} bytes`);
    const name = new TextDecoder().decode(bytes.subarray(cursor + 46, nameEnd));
    const method = view.getUint16(cursor + 10, true);
    if (method !== 0 && method !== 8)
      return fail(`"${name}" must be stored or deflated; pack it again with another program`, `method ${method}`);
    if (view.getUint16(cursor + 8, true) & 1) fail(`"${name}" must not be encrypted`, "an encrypted entry");
    found.push({ name, method, crc: view.getUint32(cursor + 16, true), ...places(cursor, nameEnd, extraEnd) });
    cursor = next;
  }
  return placed();

  /** The end record is within the last 64 KiB; sizes that do not fit in it are in the zip64 record before it. */
  function locate(): { count: number; start: number; end: number } {
    const from = Math.max(0, length - 65557);
    const tail = at(from, length);
    for (let i = tail.byteLength - 22; i >= 0; i--) {
      if (tail.getUint32(i, true) !== 0x06054b50 || i + 22 + tail.getUint16(i + 20, true) !== tail.byteLength) continue;
      if (tail.getUint16(i + 4, true) !== 0) fail("archives are in one piece", "one of several");
      const small = { count: tail.getUint16(i + 10, true), bytes: tail.getUint32(i + 12, true) };
      const offset = tail.getUint32(i + 16, true);
      if (small.count !== 0xffff && small.bytes !== unset && offset !== unset)
        return { count: small.count, start: offset, end: offset + small.bytes };
      const locator = at(from + i - 20, from + i);
      if (locator.getUint32(0, true) !== 0x07064b50) fail("zip64 archives have a locator", "none");
      const record = wide(locator, 8);
      const big = at(record, record + 56);
      if (big.getUint32(0, true) !== 0x06064b50) fail("zip64 archives have an end record", "none");
      const begin = wide(big, 48);
      return { count: wide(big, 32), start: begin, end: begin + wide(big, 40) };
    }
    return fail("an archive ends with its directory; the file may be truncated, fetch it again", `${length} bytes`);
  }

  function places(
    entry: number,
    extraStart: number,
    extraEnd: number,
  ): { size: number; packed: number; header: number } {
    let size = view.getUint32(entry + 24, true);
    let packed = view.getUint32(entry + 20, true);
    let header = view.getUint32(entry + 42, true);
    for (let i = extraStart; i + 4 <= extraEnd; ) {
      const end = i + 4 + view.getUint16(i + 2, true);
      if (end > extraEnd) break;
      let field = i + 4;
      const next = (): number => {
        if (field + 8 > end) fail("zip64 fields hold the sizes that are missing", `${end - i} bytes`);
        field += 8;
        return wide(view, field - 8);
      };
      if (view.getUint16(i, true) === 1) {
        if (size === unset) {
          if (field + 8 > end) fail("zip64 fields hold the sizes that are missing", `${end - i} bytes`);
          const value = view.getBigUint64(field, true); // unpacked, it may be more than the file
          size = value <= BigInt(length * maxRatio) ? Number(value) : fail("sizes must fit the file", String(value));
          field += 8;
        }
        if (packed === unset) packed = next();
        if (header === unset) header = next();
      }
      i = end;
    }
    return { size, packed, header };
  }

  function placed(): ReadonlyMap<string, ZipEntry> {
    const entries = new Map<string, ZipEntry>();
    found.sort((a, b) => a.header - b.header);
    for (const [i, { header, ...entry }] of found.entries()) {
      const { name, method, packed, size } = entry;
      if (entries.has(name)) fail("names are unique", `"${name}" twice`);
      const local = at(header, header + 30);
      if (local.getUint32(0, true) !== 0x04034b50) fail(`"${name}" begins with PK\\3\\4`, `other bytes at ${header}`);
      const begin = header + 30 + local.getUint16(26, true) + local.getUint16(28, true);
      if (begin + packed > (found[i + 1]?.header ?? start))
        fail("entries follow each other without overlap; the file may be damaged, fetch it again", `"${name}"`);
      if (method === 0 ? size !== packed : size > packed * maxRatio + 1024)
        fail(`"${name}" cannot unpack ${packed} bytes to more`, `${size}`);
      entries.set(name, { ...entry, start: begin });
    }
    return entries;
  }
}
