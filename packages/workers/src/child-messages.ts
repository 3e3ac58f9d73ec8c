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

/** On the way: what people should know. */
export interface Note {
  /** It is computed from now on: the store does not have it. */
  readonly begun?: true;
  /** What is waited for. */
  readonly waits?: string;
}

/** How it went. */
export type Answer = ShardOutcome | { readonly error: string };
