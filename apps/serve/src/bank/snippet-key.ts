import { createHash } from "node:crypto";
import type { Bank } from "@gmem/memory-bank";

/** What a snippet is told from others by, whatever its row is by now: a hash of its values. */
export const snippetKey = (values: Float32Array): string =>
  createHash("sha256")
    .update(new Uint8Array(values.buffer, values.byteOffset, values.byteLength))
    .digest("hex")
    .slice(0, 32);

/** Of a row of a bank. */
export const keyOfRow = async (bank: Bank, row: number): Promise<string> =>
  snippetKey((await bank.at(Int32Array.of(row))).data);
