import { GMemError } from "@gmem/tensor";

/** @throws {GMemError} code `DATA` if this machine has something else than the job is of. */
export function checkInput({
  what,
  found,
  wanted,
}: {
  readonly what: string;
  readonly found: string;
  readonly wanted: string | undefined;
}): void {
  if (found === wanted) return;
  const rule = "must be the same on every machine";
  throw new GMemError(
    "DATA",
    `job: ${what} ${rule}, got ${found} here and ${wanted} where it was submitted; copy them to this machine`,
  );
}
