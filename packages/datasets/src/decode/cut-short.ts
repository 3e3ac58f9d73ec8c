import type { ImageKind } from "./image-kind.ts";

/** True where the format itself shows that the file goes on: a JPEG or GIF without its end mark, a WebP below its length. */
export function cutShort(kind: ImageKind, bytes: Uint8Array): boolean {
  const end = Buffer.from(bytes.buffer, bytes.byteOffset + Math.max(0, bytes.length - 64), Math.min(64, bytes.length));
  if (kind === "jpeg") return !end.includes("\xff\xd9", 0, "latin1");
  if (kind === "gif") return bytes[bytes.length - 1] !== 0x3b;
  if (kind !== "webp" || bytes.length < 12) return false;
  return new DataView(bytes.buffer, bytes.byteOffset).getUint32(4, true) + 8 > bytes.length;
}
