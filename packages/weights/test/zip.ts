import { crc32, deflateRawSync } from "node:zlib";

export const text = (value: string): Uint8Array => new TextEncoder().encode(value);
export const join8 = (parts: readonly (Uint8Array | number[])[]): Uint8Array =>
  Uint8Array.from(parts.flatMap((part) => [...part]));

/** A zip archive of stored or deflated entries, written by hand. */
export function zip(entries: Readonly<Record<string, Uint8Array>>, deflate = false): Uint8Array {
  const body: Uint8Array[] = [];
  const directory: Uint8Array[] = [];
  let at = 0;
  for (const [name, data] of Object.entries(entries)) {
    const packed = deflate ? deflateRawSync(data) : data;
    const common = new DataView(new ArrayBuffer(26));
    common.setUint16(0, 20, true);
    common.setUint16(4, deflate ? 8 : 0, true);
    common.setUint32(10, crc32(data), true);
    common.setUint32(14, packed.length, true);
    common.setUint32(18, data.length, true);
    common.setUint16(22, name.length, true);
    const shared = new Uint8Array(common.buffer);
    const offset = new Uint8Array(new Uint32Array([at]).buffer);
    body.push(join8([[0x50, 0x4b, 3, 4], shared, text(name), packed]));
    directory.push(join8([[0x50, 0x4b, 1, 2, 20, 0], shared, new Array(10).fill(0), offset, text(name)]));
    at += 30 + name.length + packed.length;
  }
  const end = new DataView(new ArrayBuffer(22));
  end.setUint32(0, 0x06054b50, true);
  end.setUint16(10, directory.length, true);
  end.setUint32(
    12,
    directory.reduce((sum, part) => sum + part.length, 0),
    true,
  );
  end.setUint32(16, at, true);
  return join8([...body, ...directory, new Uint8Array(end.buffer)]);
}
