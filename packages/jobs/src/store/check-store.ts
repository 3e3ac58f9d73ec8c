import { randomBytes } from "node:crypto";
import type { Store } from "@gmem/spec";
import { StoreError } from "./store-error.ts";

/**
 * Tries a store before work begins: it must give back what was put, and refuse to write over what is there when it is asked
 * to. Some servers that speak S3 ignore that; two workers would then both believe that they were first.
 * @throws {StoreError} code `STORE`
 * @example
 * import { mkdtemp } from "node:fs/promises";
 * await checkStore(directoryStore(await mkdtemp("store-")));
 */
export async function checkStore(store: Store): Promise<void> {
  const key = `probes/${randomBytes(12).toString("hex")}`;
  const [first, second] = [Uint8Array.of(1), Uint8Array.of(2)];
  const refuse = (message: string): never => {
    throw new StoreError(store.name, "refused", { message });
  };
  try {
    await store.putIfAbsent(key, first);
    if (await store.putIfAbsent(key, second))
      refuse("must refuse a second write with If-None-Match, got none refused; take a store that has it");
    const got = await store.get(key);
    if (got?.length !== 1 || got[0] !== 1) refuse("must give back the byte that was put, got something else");
  } finally {
    await store.delete(key);
  }
}
