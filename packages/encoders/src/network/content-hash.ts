import { createHash } from "node:crypto";
import type { Named, NDArray } from "@gmem/tensor";

/** Bytes hashed in one call: Node refuses 2 GiB and more. */
const chunk = 2 ** 26;

/** 16 hex digits over names, shapes and values, whatever the order of the names. */
export function contentHash(arrays: Named<NDArray>): string {
  const hash = createHash("sha256");
  for (const name of Object.keys(arrays).sort()) {
    const { shape, data } = arrays[name] as NDArray;
    const bytes = new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
    hash.update(`${name} [${shape}]`);
    for (let from = 0; from < bytes.length; from += chunk) hash.update(bytes.subarray(from, from + chunk));
  }
  return hash.digest("hex").slice(0, 16);
}

/** 16 hex digits over a text. */
export const textHash = (text: string): string => createHash("sha256").update(text).digest("hex").slice(0, 16);
