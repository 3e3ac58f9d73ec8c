import type { ByteRange } from "@gmem/spec";
import { GMemError } from "@gmem/tensor";
import { StoreError } from "./store-error.ts";

const longest = 512;

/** @throws {GMemError} code `CONFIG` for a key that some store could not hold, or that leads out of a folder. */
export function checkKey(key: string): void {
  if (key.length <= longest && /^[A-Za-z0-9_=-][A-Za-z0-9._=-]*(\/[A-Za-z0-9_=-][A-Za-z0-9._=-]*)*$/.test(key)) return;
  const rule = `keys are parts of letters, digits and . _ = - joined by /, ${longest} characters at most, no part beginning with a dot`;
  throw new GMemError("CONFIG", `store: ${rule}, got ${JSON.stringify(key.slice(0, 100))}`);
}

/** @throws {GMemError} code `CONFIG` for a prefix that no key begins with; the empty one is that of all. */
export function checkPrefix(prefix: string): void {
  if (prefix !== "") checkKey(prefix.endsWith("/") ? prefix.slice(0, -1) : prefix);
}

/** @throws {StoreError} reason `range` unless 0 ≤ start < end, and end ≤ size where the size is known. */
export function checkRange({ start, end }: ByteRange, where: { store: string; key: string; size?: number }): void {
  const whole = Number.isSafeInteger(start) && Number.isSafeInteger(end);
  if (whole && start >= 0 && start < end && end <= (where.size ?? end)) return;
  const size = where.size === undefined ? "" : ` of ${where.size} bytes`;
  const message = `a range lies inside its object, got ${start} … ${end} of "${where.key}"${size}`;
  throw new StoreError(where.store, "range", { message });
}
