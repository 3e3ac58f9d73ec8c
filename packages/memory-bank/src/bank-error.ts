import { type ErrorCode, GMemError } from "@gmem/tensor";

/**
 * A bank that cannot be built, combined or read as asked. `code` is `BANK` for rules of banks (encoders that differ, rows
 * that cannot be unit rows), `FORMAT` for a file that is no bank, `NON_FINITE` for NaN or infinite features.
 */
export class BankError extends GMemError {
  constructor(where: string, rule: string, got: string, code: ErrorCode = "BANK") {
    super(code, `${where}: ${rule}, got ${got}`);
  }
}
