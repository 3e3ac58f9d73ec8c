import { createHash } from "node:crypto";
import type { Named, NDArray } from "@gmem/tensor";

/** 16 hex digits over names, shapes and values, whatever the order of the names. */
export function contentHash(arrays: Named<NDArray>): string {
  const hash = createHash("sha256");
  for (const name of Object.keys(arrays).sort()) {
    const { shape, data } = arrays[name] as NDArray;
    hash.update(`${name} [${shape}]`).update(new Uint8Array(data.buffer, data.byteOffset, data.byteLength));
  }
  return hash.digest("hex").slice(0, 16);
}
