import { GMemError } from "@gmem/tensor";

/** Files of a result by path, relative and with `/`. */
export type Files = Readonly<Record<string, Uint8Array>>;

/** Files as one piece of bytes, the same for the same files: a length, an index as JSON, the files by name. */
export function pack(files: Files): Uint8Array {
  const names = Object.keys(files).sort();
  const index = Buffer.from(JSON.stringify(names.map((name) => [name, (files[name] as Uint8Array).length])));
  const length = Buffer.alloc(4);
  length.writeUInt32LE(index.length);
  return new Uint8Array(Buffer.concat([length, index, ...names.map((name) => files[name] as Uint8Array)]));
}

/** @throws {GMemError} code `FORMAT` for bytes that {@link pack} did not make, or a path that leads out of its folder. */
export function unpack(bytes: Uint8Array): Files {
  const files: Record<string, Uint8Array> = {};
  try {
    const size = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).readUInt32LE();
    const index = JSON.parse(new TextDecoder().decode(bytes.subarray(4, 4 + size))) as readonly (readonly [
      string,
      number,
    ])[];
    let at = 4 + size;
    for (const [name, length] of index) {
      if (!/^[^/.\\][^\\]*$/.test(name) || name.split("/").some((part) => /^\.{0,2}$/.test(part)))
        throw new TypeError(name);
      files[name] = bytes.subarray(at, at + length);
      at += length;
    }
    if (at === bytes.length) return files;
  } catch {
    // said below
  }
  throw new GMemError("FORMAT", "pack: must be the files of a result, got other bytes; compute it again");
}
