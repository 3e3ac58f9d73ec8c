import { type GMemError, isGMemError } from "@gmem/tensor";
import pc from "picocolors";

/** An error as people read it: what went wrong and the code to search for; a stack only for faults of ours. */
export function explain(error: unknown): string {
  if (isGMemError(error)) return `${pc.red("error")} ${pc.dim(`[${error.code}]`)} ${error.message}${causeOf(error)}`;
  if (isOfSystem(error)) {
    const { code, message } = errorFacts(error);
    return `${pc.red("error")} ${pc.dim(`[${code}]`)} ${message}`;
  }
  return error instanceof Error ? `${pc.red("unexpected error")} ${error.stack ?? error.message}` : String(error);
}

/** An error for programs: a code to compare, and what went wrong. */
export function errorFacts(error: unknown): { readonly code: string; readonly message: string } {
  if (isGMemError(error)) return { code: error.code, message: error.message };
  const message = error instanceof Error ? error.message : String(error);
  if (!isOfSystem(error)) return { code: "UNEXPECTED", message };
  const advice = remedies[error.code];
  if (full.has(error.code))
    return { code: "DISK_FULL", message: `${message}; free some space, then run the same command again` };
  return { code: error.code, message: advice === undefined ? message : `${message}; ${advice}` };
}

/** What a person can do about a folder or a file that the system refuses. */
const remedies: Readonly<Record<string, string>> = {
  EACCES: "allow it, or choose another folder",
  EPERM: "allow it, or choose another folder",
  EROFS: "choose a folder that can be written to",
  EEXIST: "move it away, or choose another name",
  ENOTDIR: "one of these is a file and no folder; move it away, or choose another name",
  EISDIR: "it is a folder and no file; choose another name",
  ENOENT: "it is not there",
  EMFILE: "allow more open files, as with `ulimit -n 4096`",
  ENAMETOOLONG: "choose a shorter name",
};
const full = new Set(["ENOSPC", "EDQUOT"]);

/** Of a call that the operating system refused. */
const isOfSystem = (error: unknown): error is Error & { readonly code: string } =>
  error instanceof Error && "code" in error && "syscall" in error;

/** What an error that is not ours said, where ours does not repeat it; a stop has none but the person's. */
const causeOf = ({ cause, message, code }: GMemError): string =>
  cause instanceof Error && !isGMemError(cause) && code !== "ABORTED" && !message.includes(cause.message)
    ? `\n  ${pc.dim(`because: ${cause.message}`)}`
    : "";

/** 0 done, 1 failed, 2 usage, 130 interrupted. */
export function exitCodeOf(error: unknown): number {
  if (isGMemError(error, "ABORTED")) return 130;
  return isGMemError(error, "CONFIG") || isGMemError(error, "INVALID_REQUEST") ? 2 : 1;
}
