import { GMemError } from "@gmem/tensor";

/**
 * Why a file of a hub could not be had: `reference` is not one, `missing` repository, revision or file, `denied` without
 * another token or a consent, `unreachable` hub or broken connection (try again), `damaged` on the way.
 */
export type HubReason = "reference" | "missing" | "denied" | "unreachable" | "damaged";

/** A file of a hub that could not be had, code `HUB`. */
export class HubError extends GMemError {
  /** What was asked for: `hf:owner/name/file@revision`. */
  readonly reference: string;
  readonly reason: HubReason;
  constructor(
    reason: HubReason,
    what: { readonly reference: string; readonly rule: string; readonly found: string; readonly cause?: unknown },
  ) {
    const { reference, rule, found, cause } = what;
    super("HUB", `${reference}: ${rule}, got ${found}`, cause === undefined ? {} : { cause });
    this.reference = reference;
    this.reason = reason;
  }
}
