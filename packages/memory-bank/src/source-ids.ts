import type { NDArray } from "@gmem/tensor";
import { BankError } from "./bank-error.ts";

/** Names of rows as one tensor: UTF-8, a line each, padded with line ends, in 32-bit words. @throws {BankError} for a line end in a name. */
export function packSourceIds(ids: readonly string[]): NDArray<"i32"> {
  const broken = ids.find((id) => id.includes("\n"));
  if (broken !== undefined)
    throw new BankError("saveBank", "source ids must be single lines; rename the file", JSON.stringify(broken));
  const bytes = Buffer.from(ids.map((id) => `${id}\n`).join(""), "utf8");
  const words = new Int32Array(Math.ceil(bytes.length / 4));
  const padded = new Uint8Array(words.buffer);
  padded.fill(0x0a);
  padded.set(bytes);
  return { dtype: "i32", shape: [words.length], data: words };
}

/** The bytes of {@link packSourceIds}, a line a name. */
export const sourceLines = ({ data: { buffer, byteOffset, byteLength } }: NDArray): Uint8Array =>
  new Uint8Array(buffer, byteOffset, byteLength);

/** The inverse of {@link packSourceIds}. @throws {BankError} code `FORMAT` if there are fewer than `count` names. */
export function unpackSourceIds(packed: NDArray, count: number): readonly string[] {
  const { buffer, byteOffset, byteLength } = packed.data;
  const ids = Buffer.from(buffer, byteOffset, byteLength).toString("utf8").split("\n").slice(0, count);
  if (ids.length < count)
    throw new BankError("bank", `needs ${count} source ids`, `${ids.length}; the file is damaged`, "FORMAT");
  return ids;
}
