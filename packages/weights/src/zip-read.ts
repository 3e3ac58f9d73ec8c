import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import { crc32, createInflateRaw } from "node:zlib";
import { allocate, readBytesSync } from "./bytes-io.ts";
import { WeightsError } from "./weights-error.ts";
import type { OpenFile, ZipEntry } from "./zip-directory.ts";

const piece = 2 ** 20;

const damaged = (file: string, name: string, found: string): WeightsError =>
  new WeightsError("FORMAT", {
    file,
    rule: `zip: "${name}" must agree with its checksum; the file is damaged, fetch it again`,
    found,
  });

/** A checksum of any number of bytes; one call of zlib counts in 32 bits. */
export function zipSum(bytes: Uint8Array, sum = 0): number {
  let total = sum;
  for (let start = 0; start < bytes.length; start += piece) total = crc32(bytes.subarray(start, start + piece), total);
  return total;
}

/** Bytes of an entry once unpacked; default all. */
interface Range {
  readonly start: number;
  readonly end: number;
}

/**
 * Bytes of an entry, unpacked, ours to keep. The whole entry is checked, in pieces, whatever part is asked for; a checksum of
 * 0 was never computed (torch can be told not to).
 * @throws {WeightsError} code `FORMAT`
 */
export async function readZipEntry(open: OpenFile, entry: ZipEntry, range?: Range): Promise<Uint8Array> {
  const { start, end } = range ?? { start: 0, end: entry.size };
  const out = allocate(end - start, open.file);
  let [at, sum] = [0, 0];
  await unpacked(open, entry, (chunk) => {
    const from = Math.max(start, at);
    const to = Math.min(end, at + chunk.length);
    if (from < to) out.set(chunk.subarray(from - at, to - at), from - start);
    at += chunk.length;
    if (at > entry.size) throw damaged(open.file, entry.name, `more than ${entry.size} bytes`);
    if (entry.crc !== 0) sum = crc32(chunk, sum);
    return false;
  });
  if (at !== entry.size) throw damaged(open.file, entry.name, `${at} bytes for ${entry.size}`);
  if (sum !== entry.crc) throw damaged(open.file, entry.name, "another one");
  return out;
}

/** The first bytes of an entry, at most `length`; not checked. @throws {WeightsError} code `FORMAT` */
export async function readZipHead(open: OpenFile, entry: ZipEntry, length: number): Promise<Uint8Array> {
  const out = allocate(Math.min(length, entry.size), open.file);
  let at = 0;
  await unpacked(open, entry, (chunk) => {
    out.set(chunk.subarray(0, out.length - at), at);
    at = Math.min(out.length, at + chunk.length);
    return at === out.length;
  });
  return out.subarray(0, at);
}

/** Hands out an entry in pieces until `take` says that it has enough. */
async function unpacked(open: OpenFile, entry: ZipEntry, take: (chunk: Uint8Array) => boolean): Promise<void> {
  if (entry.method === 0) {
    for (const chunk of stored(open, entry)) if (take(chunk)) return;
    return;
  }
  const inflate = createInflateRaw({ chunkSize: 2 ** 16 });
  let isEnough = false;
  try {
    await pipeline(Readable.from(stored(open, entry), { objectMode: false }), inflate, async (chunks) => {
      for await (const chunk of chunks) {
        isEnough = take(chunk as Uint8Array);
        if (isEnough) return; // which aborts what is still to be unpacked
      }
    });
  } catch (cause) {
    if (isEnough) return;
    if (cause instanceof WeightsError) throw cause;
    const { code } = cause as { code?: unknown };
    if (!String(code).startsWith("Z_")) throw cause;
    throw new WeightsError("FORMAT", {
      file: open.file,
      rule: `zip: "${entry.name}" must unpack to ${entry.size} bytes; the file is damaged, fetch it again`,
      found: "damage",
      cause,
    });
  }
}

/** An entry as it is in the archive, in pieces. */
function* stored(open: OpenFile, entry: ZipEntry): Generator<Uint8Array> {
  const end = entry.start + entry.packed;
  for (let start = entry.start; start < end; start += piece)
    yield readBytesSync(open.fd, { start, end: Math.min(end, start + piece), file: open.file });
}
