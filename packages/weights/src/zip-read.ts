import { crc32, inflateRawSync } from "node:zlib";
import { readBytesSync } from "./bytes-io.ts";
import { WeightsError } from "./weights-error.ts";
import type { OpenFile, ZipEntry } from "./zip-directory.ts";

const piece = 2 ** 24;

const damaged = (file: string, name: string, found: string): WeightsError =>
  new WeightsError("FORMAT", {
    file,
    rule: `zip: "${name}" must agree with its checksum; the file is damaged, fetch it again`,
    found,
  });

/** A checksum of any number of bytes, continued; one call of zlib counts in 32 bits. */
export function zipSum(bytes: Uint8Array, sum = 0): number {
  let total = sum;
  for (let start = 0; start < bytes.length; start += piece) total = crc32(bytes.subarray(start, start + piece), total);
  return total;
}

/** A whole entry, unpacked and checked; a checksum of 0 was never computed (torch can be told not to). @throws {WeightsError} code `FORMAT` */
export function readZipEntry(open: OpenFile, entry: ZipEntry): Uint8Array {
  const packed = readBytesSync(open.fd, { start: entry.start, end: entry.start + entry.packed, file: open.file });
  const bytes = entry.method === 0 ? packed : inflate(packed, open.file, entry);
  if (bytes.length !== entry.size) throw damaged(open.file, entry.name, `${bytes.length} bytes for ${entry.size}`);
  if (entry.crc !== 0 && zipSum(bytes) !== entry.crc) throw damaged(open.file, entry.name, "another one");
  return bytes;
}

/** Checks a stored entry that is too large to hold. @throws {WeightsError} code `FORMAT` */
export function checkZipEntry(open: OpenFile, entry: ZipEntry): undefined {
  if (entry.crc === 0) return;
  let sum = 0;
  const end = entry.start + entry.packed;
  for (let start = entry.start; start < end; start += piece)
    sum = crc32(readBytesSync(open.fd, { start, end: Math.min(end, start + piece), file: open.file }), sum);
  if (sum !== entry.crc) throw damaged(open.file, entry.name, "another one");
}

function inflate(packed: Uint8Array, file: string, { name, size }: ZipEntry): Uint8Array {
  try {
    return new Uint8Array(inflateRawSync(packed, { maxOutputLength: Math.max(1, size) }));
  } catch (cause) {
    throw new WeightsError("FORMAT", {
      file,
      rule: `zip: "${name}" must unpack to ${size} bytes`,
      found: "more, or damage",
      cause,
    });
  }
}
