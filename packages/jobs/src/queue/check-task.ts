import type { QueueTask } from "@gmem/spec";
import { GMemError } from "@gmem/tensor";

/** Tries of one task before it stands aside. */
export const mostTries = 3;

const mostBytes = 4096;

/** @throws {GMemError} code `CONFIG` for an id that some queue could not hold, or data that belong into a store. */
export function checkTask({ id, data }: QueueTask): void {
  const fail = (rule: string, got: string): never => {
    throw new GMemError("CONFIG", `queue: ${rule}, got ${got}`);
  };
  if (!/^[A-Za-z0-9][A-Za-z0-9._-]{0,199}$/.test(id) || /^\d+$/.test(id))
    fail("an id is of letters, digits and . _ -, no number, 200 characters at most", JSON.stringify(id.slice(0, 220)));
  const bytes = Buffer.byteLength(JSON.stringify(data));
  if (bytes > mostBytes)
    fail(`data are keys, ${mostBytes} bytes at most; put the rest into the store`, `${bytes} of "${id}"`);
}
