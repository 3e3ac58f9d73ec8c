import { counted, type ErrorCode, GMemError } from "@gmem/tensor";

/**
 * A weights file that cannot be read or written. `code` is `FORMAT` for a malformed file, `WEIGHTS` for a file or tensor
 * that is missing or of the wrong kind, `DISK_FULL` when there is no room.
 */
export class WeightsError extends GMemError {
  readonly file: string;
  readonly rule: string;
  readonly found: string;
  constructor(
    code: ErrorCode,
    what: { readonly file: string; readonly rule: string; readonly found: string; readonly cause?: unknown },
  ) {
    super(code, `${what.file}: ${what.rule}, got ${what.found}`, what.cause === undefined ? {} : { cause: what.cause });
    this.file = what.file;
    this.rule = what.rule;
    this.found = what.found;
  }
}

/** A name that is not among those of a file. */
export function missingTensor(
  file: string,
  name: string,
  names: readonly string[],
  code: "WEIGHTS" | "FORMAT" = "WEIGHTS",
): WeightsError {
  const found = `${counted(names.length, "tensor")}: ${names.slice(0, 8).join(", ")}${names.length > 8 ? ", ..." : ""}`;
  return new WeightsError(code, { file, rule: `there must be a tensor "${name}"`, found });
}

const full = new Set(["ENOSPC", "EDQUOT", "EFBIG"]);

/** An error of the file system as a {@link WeightsError}; one that is typed already is passed through. */
export function fileError(file: string, doing: "read" | "write", cause: unknown): GMemError {
  if (cause instanceof GMemError) return cause;
  const found = cause instanceof Error ? cause.message : String(cause);
  const code = (cause as { code?: unknown } | undefined)?.code;
  if (full.has(String(code))) {
    const rule =
      "the disk must have room; free some space or choose another folder, then run again (what was there before is untouched)";
    return new WeightsError("DISK_FULL", { file, rule, found, cause });
  }
  const rule =
    code === "ENOENT" && doing === "read"
      ? "the file must exist; check the path"
      : `the file must be one that can be ${doing === "read" ? "read" : "written"}`;
  return new WeightsError("WEIGHTS", { file, rule, found, cause });
}
