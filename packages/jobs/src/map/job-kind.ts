import type { Store } from "@gmem/spec";
import type { JobDescription, Shard } from "./job.ts";
import type { Files } from "./pack.ts";

export interface JobContext {
  readonly store: Store;
  /** A folder of this machine for what is fetched or computed on the way; may be lost at any time. */
  readonly scratch: string;
  readonly signal?: AbortSignal | undefined;
  /** Where weights of a hub are fetched from and kept. */
  readonly hub?: { readonly cacheDir?: string; readonly hubUrl?: string; readonly token?: string } | undefined;
  readonly onProgress?:
    | ((progress: {
        readonly stage: string;
        readonly done: number;
        readonly total: number;
        readonly result?: string;
      }) => void)
    | undefined;
}

/** A job before the version of the code is known. */
export type PlannedJob = Omit<JobDescription, "code" | "kind">;

/** What computes the shards of one job, kept as long as a worker works on it. */
export interface OpenJob {
  compute(shard: Shard): Promise<Files>;
  close(): Promise<void>;
}

/**
 * Work that many machines share. Its shards are the files that a command of one machine leaves in its folder on the way;
 * once all are there, that command goes on with them, so that its result is the same whoever computed them.
 */
export interface JobKind<Asked> {
  readonly name: string;
  /**
   * What is asked for, as a job; undefined where all of it is in its place. Inputs that a worker cannot find by itself go into
   * the store.
   */
  plan(asked: Asked, context: JobContext): Promise<PlannedJob | undefined>;
  /** @throws {GMemError} code `DATA` if this machine has other inputs than those that the job is of. */
  open(job: JobDescription, context: JobContext): Promise<OpenJob>;
  /** Where the files of the shards belong, once they are wanted. */
  place(asked: Asked): string;
  /** Ends the work with all files in their place. */
  finish(asked: Asked, context: JobContext): Promise<void>;
}
