import { GMemError } from "@gmem/tensor";

const full = new Set(["ENOSPC", "EDQUOT", "EFBIG", "DISK_FULL"]);

/** True if an error, or what caused it, says that the disk or the quota has no room. */
export function isDiskFull(error: unknown): boolean {
  for (let cause = error; cause instanceof Error; cause = cause.cause)
    if (full.has((cause as NodeJS.ErrnoException).code ?? "")) return true;
  return false;
}

/**
 * Runs a write; a full disk becomes an error that says what is safe and what to do.
 * @throws {GMemError} code `DISK_FULL`
 */
export async function guardDisk<T>(what: string, write: () => Promise<T>): Promise<T> {
  try {
    return await write();
  } catch (error) {
    if (!isDiskFull(error)) throw error;
    throw new GMemError(
      "DISK_FULL",
      `${what}: needs free disk space, got a full disk; the earlier checkpoints are complete. Free some space or keep ` +
        "fewer checkpoints, then resume the run",
      { cause: error },
    );
  }
}
