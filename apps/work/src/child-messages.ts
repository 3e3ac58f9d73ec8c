import type { ShardOutcome } from "@gmem/jobs";

/** A shard to compute. */
export interface Order {
  /** Of the job. */
  readonly key: string;
  readonly index: number;
  /** Of the store; who asks it, the environment says. */
  readonly place: string;
  readonly scratch: string;
  /** Version of the code that this process must be. */
  readonly code: string;
}

/** How it went. */
export type Answer = ShardOutcome | { readonly error: string };
