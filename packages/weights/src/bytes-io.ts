import { constants } from "node:buffer";
import { readSync } from "node:fs";
import type { FileHandle } from "node:fs/promises";
import { WeightsError } from "./weights-error.ts";

/** Bytes of one read or write call; the system's limit is just below 2 GiB. */
const chunk = 2 ** 30;
/** Rows closer than this are read together with what lies between. */
const mergeGap = 4096;

/** An empty buffer of `length` bytes. @throws {WeightsError} code `WEIGHTS` if no buffer can be that long. */
export function allocate(length: number, file: string): Uint8Array {
  if (length <= constants.MAX_LENGTH) return new Uint8Array(length);
  const rule = `one array holds at most ${constants.MAX_LENGTH} bytes; read it by rows`;
  throw new WeightsError("WEIGHTS", { file, rule, found: `${length}` });
}

const truncated = (file: string, at: number): WeightsError =>
  new WeightsError("FORMAT", {
    file,
    rule: "the file must keep its length while it is open; it may be truncated, fetch it again",
    found: `an end at byte ${at}`,
  });

/** Bytes start … end of an open file, at most 1 GiB a call. */
export async function readBytes(
  handle: FileHandle,
  where: { readonly start: number; readonly end: number; readonly file: string },
): Promise<Uint8Array> {
  const { start, end, file } = where;
  const bytes = allocate(end - start, file);
  for (let at = 0; at < bytes.length; ) {
    const { bytesRead } = await handle.read(bytes, at, Math.min(chunk, bytes.length - at), start + at);
    if (bytesRead === 0) throw truncated(file, start + at);
    at += bytesRead;
  }
  return bytes;
}

/** All of `bytes` into an open file at `position`, at most 1 GiB a call. */
export async function writeBytes(handle: FileHandle, bytes: Uint8Array, position: number): Promise<void> {
  for (let at = 0; at < bytes.length; ) {
    const { bytesWritten } = await handle.write(bytes, at, Math.min(chunk, bytes.length - at), position + at);
    at += bytesWritten;
  }
}

/**
 * Rows of `width` bytes, in the order given, from a table that begins at `start`. Rows are visited in file order and
 * neighbours are read at once; the reads are synchronous because a few microseconds each are less than a hand-over to
 * another thread costs.
 */
export function gatherRows(
  fd: number,
  rows: Int32Array,
  where: { readonly start: number; readonly width: number; readonly file: string },
): Uint8Array {
  const { start, width, file } = where;
  const out = allocate(rows.length * width, file);
  const order = Uint32Array.from(rows, (_, i) => i).sort((a, b) => (rows[a] as number) - (rows[b] as number));
  const row = (k: number): number => rows[order[k] as number] as number;
  for (let first = 0; first < order.length; ) {
    let last = first;
    while (
      last + 1 < order.length &&
      (row(last + 1) - row(last) - 1) * width <= mergeGap &&
      (row(last + 1) - row(first)) * width < chunk / 64
    )
      last++;
    const from = row(first);
    const single = last === first;
    const into = single
      ? out.subarray((order[first] as number) * width, ((order[first] as number) + 1) * width)
      : new Uint8Array((row(last) - from + 1) * width);
    fill(fd, into, { at: start + from * width, file });
    if (!single)
      for (let k = first; k <= last; k++) {
        const offset = (row(k) - from) * width;
        out.set(into.subarray(offset, offset + width), (order[k] as number) * width);
      }
    first = last + 1;
  }
  return out;
}

/** Bytes start … end of an open file, in the calling thread: for headers, where a hand-over would cost more. */
export function readBytesSync(
  fd: number,
  where: { readonly start: number; readonly end: number; readonly file: string },
): Uint8Array {
  const bytes = allocate(where.end - where.start, where.file);
  fill(fd, bytes, { at: where.start, file: where.file });
  return bytes;
}

function fill(fd: number, into: Uint8Array, where: { readonly at: number; readonly file: string }): void {
  for (let at = 0; at < into.length; ) {
    const count = readSync(fd, into, at, Math.min(chunk, into.length - at), where.at + at);
    if (count === 0) throw truncated(where.file, where.at + at);
    at += count;
  }
}
