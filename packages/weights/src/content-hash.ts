import { createHash } from "node:crypto";
import type { Named, NDArray } from "@gmem/tensor";

/** Bytes hashed in one call: Node refuses 2 GiB and more. */
const chunk = 2 ** 26;

/**
 * 16 hex digits over names, shapes and values, whatever the order of the names: what the ids of encoders in banks, and the
 * hash of an exported model, are made of.
 * @example
 * contentHash({ w: array([1, 2], [2, 1]), b: array([0]) }) === contentHash({ b: array([0]), w: array([1, 2], [2, 1]) });
 */
export function contentHash(tensors: Named<NDArray>): string {
  const hash = createHash("sha256");
  for (const name of Object.keys(tensors).sort()) {
    const { shape, data } = tensors[name] as NDArray;
    const bytes = new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
    hash.update(`${name} [${shape}]`);
    for (let from = 0; from < bytes.length; from += chunk) hash.update(bytes.subarray(from, from + chunk));
  }
  return hash.digest("hex").slice(0, 16);
}
