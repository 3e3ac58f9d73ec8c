/** A piece of work by name: what it needs and gives lies in a store, not here. */
export interface QueueTask {
  /** Two tasks of one id are one. Of letters, digits and `. _ -`. */
  readonly id: string;
  /** Of people's words for it, such as "encode". */
  readonly kind: string;
  /** Keys and small settings, at most 4 KB as JSON. */
  readonly data: Readonly<Record<string, string | number>>;
}

/** What a worker tells of itself for people. */
export interface QueueWorker {
  /** One of its own for each worker, such as "host-4711". */
  readonly name: string;
  /** Machine, engine and threads in words. */
  readonly about: string;
  /** Tasks at once. */
  readonly concurrency: number;
  /** Tasks that it ended, and the time that they took together in milliseconds. */
  readonly done: number;
  readonly busy: number;
}

export interface FailedTask {
  readonly task: QueueTask;
  readonly error: string;
  readonly tries: number;
}

export interface QueueCounts {
  readonly waiting: number;
  readonly active: number;
  readonly failed: number;
}

/** Computes one task without blocking the process that calls it. A rejection is a try that failed. */
export type QueueHandler = (task: QueueTask) => Promise<void>;

export interface QueueWorkOptions {
  readonly name: string;
  readonly about: string;
  /** Tasks at once; default 1. */
  readonly concurrency?: number;
}

/**
 * Hands tasks to workers. It only says who works on what: whether something is done, the store says. A task that fails is
 * tried again, three times in all, and then stands aside with its error, while the rest goes on. A task whose worker is gone
 * goes to another one. No task waits for others.
 */
export interface Queue {
  /** What people read in messages; never a credential. */
  readonly name: string;
  /** Adds tasks; ids that wait, are worked on or have failed are left as they are, those that ended well are added again. */
  add(tasks: readonly QueueTask[]): Promise<void>;
  /** Takes tasks until `close`, which waits for those that are worked on and takes no more. */
  work(handler: QueueHandler, options: QueueWorkOptions): Promise<{ close(): Promise<void> }>;
  counts(): Promise<QueueCounts>;
  /** Tasks that failed three times, at most a thousand. */
  failed(): Promise<readonly FailedTask[]>;
  /** Lets failed tasks of these ids be tried anew; others are left as they are. @returns how many. */
  retry(ids: readonly string[]): Promise<number>;
  /** Forgets tasks of these ids that wait or have failed. @returns how many. */
  remove(ids: readonly string[]): Promise<number>;
  /** Workers that were there within the last minute. */
  workers(): Promise<readonly QueueWorker[]>;
  /** Lets go of what the queue holds open; tasks stay where a server keeps them. */
  close(): Promise<void>;
}
