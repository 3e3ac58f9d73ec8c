import { type FileHandle, open } from "node:fs/promises";
import { GMemError } from "@gmem/tensor";
import { Header, Pax } from "tar";
import type { LeftOut } from "../folder/left-out.ts";

/** A file in a tar archive: its bytes are `size` bytes from `offset`. */
export interface TarMember {
  readonly name: string;
  readonly offset: number;
  readonly size: number;
}

/** What an archive holds. */
export interface TarIndex {
  readonly members: readonly TarMember[];
  /** Members that are not used, and why. */
  readonly leftOut: readonly LeftOut[];
}

/** Bytes of the longest extended header: long names and times take a few hundred. */
const mostHeaderBytes = 2 ** 20;
const block = 512;

/**
 * Reads the headers of a tar archive (ustar, pax, GNU) and passes over what lies between them, so that members can be read
 * where they are. A last member that ends early is left out, and so are names that lead out of the archive.
 * @throws {GMemError} code `FORMAT` for a file that is no tar archive, or is compressed, or whose header is damaged.
 */
export async function indexTar(path: string): Promise<TarIndex> {
  const file = await open(path, "r");
  try {
    return await readHeaders(file, path);
  } finally {
    await file.close();
  }
}

async function readHeaders(file: FileHandle, path: string): Promise<TarIndex> {
  const { size: length } = await file.stat();
  const members = new Map<string, TarMember>();
  const leftOut: LeftOut[] = [];
  const leave = (name: string, kind: string, detail: string): void => {
    leftOut.push({ file: name, kind, reason: `${kind}: ${detail}` });
  };
  let [own, all]: [Pax | undefined, Pax | undefined] = [undefined, undefined];
  let last = "";
  for (let at = 0; at + block <= length; ) {
    const bytes = await readAt(file, at, block);
    if (bytes.every((byte) => byte === 0)) break; // the end
    const header = headerOf(bytes, own, all);
    if (!header) throw noHeader(path, at, { bytes, last });
    const { type = "", size = 0 } = header;
    const offset = at + block;
    at = offset + block * Math.ceil(size / block);
    const isExtension = /Header$|^NextFileHas/.test(type);
    if (isExtension && size > mostHeaderBytes)
      throw new GMemError(
        "FORMAT",
        `${path}: a header must be at most ${mostHeaderBytes} bytes, got ${size} after "${last}"`,
      );
    if (offset + size > length) {
      leave(isExtension ? `after ${last}` : nameOf(header, own), "cut short", "the archive ends within it");
      break;
    }
    if (isExtension) {
      const text = (await readAt(file, offset, size)).toString("utf8");
      if (type === "GlobalExtendedHeader") all = Pax.parse(text, all, true);
      else if (type === "ExtendedHeader") own = Pax.parse(text, own, false);
      else if (type === "NextFileHasLongPath")
        own = Object.assign(own ?? new Pax({}), { path: text.replace(/\0.*$/s, "") });
      continue;
    }
    last = nameOf(header, own);
    own = undefined;
    if (!/File$/.test(type)) continue; // folders and links
    if (isUnsafe(last)) leave(last, "unsafe name", "it leads out of the archive");
    else if (members.has(last)) leave(last, "twice", "a member of this name stands before it");
    else members.set(last, { name: last, offset, size });
  }
  return { members: [...members.values()], leftOut };
}

/** Bytes of a file from a place on. @throws {GMemError} code `DATA` if the file has become shorter. */
export async function readAt(file: FileHandle, at: number, size: number): Promise<Buffer> {
  const bytes = Buffer.alloc(size);
  const { bytesRead } = await file.read(bytes, 0, size, at);
  if (bytesRead === size) return bytes;
  throw new GMemError(
    "DATA",
    `tar: the archive must stay as it was when it was opened, got ${bytesRead} of ${size} bytes`,
  );
}

function headerOf(bytes: Buffer, own: Pax | undefined, all: Pax | undefined): Header | undefined {
  try {
    const header = new Header(bytes, 0, own, all);
    return header.cksumValid ? header : undefined;
  } catch {
    return undefined; // numbers that are none
  }
}

/** A long name stands before the header, which may hold the first part of it as well. */
const nameOf = ({ path = "" }: Header, own?: Pax): string => (own?.path ?? path).replace(/^(\.\/)+/, "");

const isUnsafe = (name: string): boolean => /^([/\\]|[a-z]:)|\\|\0/i.test(name) || name.split("/").includes("..");

function noHeader(
  path: string,
  at: number,
  { bytes, last }: { readonly bytes: Buffer; readonly last: string },
): GMemError {
  const isCompressed = at === 0 && (bytes.readUInt16BE(0) === 0x1f8b || bytes.readUInt32LE(0) === 0xfd2fb528);
  const got = isCompressed ? "a compressed one; unpack it to .tar first" : `none at byte ${at}`;
  return new GMemError(
    "FORMAT",
    `${path}: must be a tar archive with a header before each member, got ${got}${last && `, after "${last}"`}`,
  );
}
