import { createHash } from "node:crypto";
import type { Named, NDArray } from "@gmem/tensor";

/** 16 hex digits over names, types, shapes and values: equal for equal models, whichever file they came from. */
export function modelHash(parameters: Named<NDArray>): string {
  const hash = createHash("sha256");
  for (const name of Object.keys(parameters).sort()) {
    const { dtype, shape, data } = parameters[name] as NDArray;
    hash.update(`${name} ${dtype} [${shape}]\n`);
    hash.update(new Uint8Array(data.buffer, data.byteOffset, data.byteLength));
  }
  return hash.digest("hex").slice(0, 16);
}
