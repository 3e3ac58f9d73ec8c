import { isGMemError } from "@gmem/tensor";
import pc from "picocolors";

/** An error as people read it: what went wrong and the code to search for; a stack only for faults of ours. */
export function explain(error: unknown): string {
  if (isGMemError(error)) return `${pc.red("error")} ${pc.dim(`[${error.code}]`)} ${error.message}${causeOf(error)}`;
  const { code = "" } = error as NodeJS.ErrnoException;
  if (full.has(code))
    return `${pc.red("error")} ${pc.dim("[DISK_FULL]")} ${(error as Error).message}; free some space, then run the same command again`;
  return error instanceof Error ? `${pc.red("unexpected error")} ${error.stack ?? error.message}` : String(error);
}

const full = new Set(["ENOSPC", "EDQUOT"]);

const causeOf = ({ cause }: Error): string =>
  cause instanceof Error && !isGMemError(cause) ? `\n  ${pc.dim(`because: ${cause.message}`)}` : "";

/** 0 done, 1 failed, 2 usage, 130 interrupted. */
export function exitCodeOf(error: unknown): number {
  if (isGMemError(error, "ABORTED")) return 130;
  return isGMemError(error, "CONFIG") || isGMemError(error, "INVALID_REQUEST") ? 2 : 1;
}
