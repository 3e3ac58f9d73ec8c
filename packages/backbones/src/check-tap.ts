import { GMemError } from "@gmem/tensor";

/** @throws {GMemError} code `CONFIG` for a tap outside the blocks 1 … depth. */
export function checkTap(where: string, { tapAfter, depth }: { tapAfter?: number; depth: number }): void {
  if (tapAfter === undefined || (Number.isInteger(tapAfter) && tapAfter >= 1 && tapAfter <= depth)) return;
  throw new GMemError(
    "CONFIG",
    `${where}: tapAfter must be a block from 1 to ${depth}, got ${tapAfter}; leave it out for a network without a tap`,
  );
}
