import { crc32 } from "node:zlib";

const signature = 8;

/**
 * Walks the chunks of a PNG file up to its end and checks each against its CRC-32, which decoders forgive.
 * @returns what is wrong, as a kind and a reason; undefined if nothing is.
 */
export function checkPng(bytes: Uint8Array): readonly ["cut short" | "damaged", string] | undefined {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  for (let at = signature; ; ) {
    if (at + 12 > bytes.length) return ["cut short", "the PNG data ends before its IEND chunk"];
    const length = view.getUint32(at);
    const end = at + 8 + length;
    const name = JSON.stringify(Buffer.from(bytes.buffer, bytes.byteOffset + at + 4, 4).toString("latin1"));
    if (end + 4 > bytes.length) return ["cut short", `the PNG data ends within its chunk ${name}`];
    if (crc32(bytes.subarray(at + 4, end)) !== view.getUint32(end))
      return ["damaged", `the checksum of the PNG chunk ${name} is wrong`];
    if (name === '"IEND"') return undefined;
    at = end + 4;
  }
}
