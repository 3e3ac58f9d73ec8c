import { GMemError } from "@gmem/tensor";

/** A store that does not give or take what it is asked for; the message says which store and key, and what to do. */
export class StoreError extends GMemError {
  /** The store by its name. */
  readonly store: string;
  /** `denied`, `unreachable`, `full`, `refused`, `damaged` or `range`. */
  readonly reason: StoreReason;
  constructor(store: string, reason: StoreReason, said: { readonly message: string; readonly cause?: unknown }) {
    super("STORE", `${store}: ${said.message}`, said.cause === undefined ? {} : { cause: said.cause });
    this.store = store;
    this.reason = reason;
  }
}

export type StoreReason = "denied" | "unreachable" | "full" | "refused" | "damaged" | "range";
