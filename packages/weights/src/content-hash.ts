import { createHash, type Hash } from "node:crypto";
import type { Named, NDArray } from "@gmem/tensor";

/** Bytes hashed in one call: Node refuses 2 GiB and more. */
const chunk = 2 ** 26;

/**
 * 16 hex digits over names, shapes and values: equal for equal tensors, whatever the order of their names and the file they
 * came from.
 * @example
 * contentHash({ w: array([1, 2]) }) === contentHash({ w: array([1, 2], [2]) }); // true
 */
export function contentHash(arrays: Named<NDArray>): string {
  const hash = createHash("sha256");
  for (const name of Object.keys(arrays).sort()) {
    const { shape, data } = arrays[name] as NDArray;
    const bytes = new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
    hash.update(`${name} [${shape}]`);
    for (let from = 0; from < bytes.length; from += chunk) hash.update(bytes.subarray(from, from + chunk));
  }
  return digits(hash);
}

/**
 * 16 hex digits over texts, one after the other.
 * @example
 * textHash(["ab", "c"]) === textHash(["abc"]); // true
 */
export function textHash(texts: Iterable<string>): string {
  const hash = createHash("sha256");
  for (const text of texts) hash.update(text);
  return digits(hash);
}

const digits = (hash: Hash): string => hash.digest("hex").slice(0, 16);
