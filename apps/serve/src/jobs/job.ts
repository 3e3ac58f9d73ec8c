import { randomUUID } from "node:crypto";
import { answerOf } from "../refusal.ts";
import { type EventLog, eventLog } from "./event-log.ts";

export type JobStatus = "queued" | "running" | "done" | "failed" | "cancelled";

/** What a job is about. */
export interface JobFacts {
  readonly run: string;
  /** Pictures × steps is its share of the work. */
  readonly pictures: number;
  readonly steps: number;
  /** Goes on when nobody listens any more. */
  readonly keep: boolean;
  /** Of its pictures, when they are done. */
  readonly bytes: number;
}

export interface JobOrder<Result> extends JobFacts {
  work(job: Job<Result>): Promise<Result>;
}

/** A piece of work on its way to one of three ends. */
export interface Job<Result = unknown> {
  readonly id: string;
  readonly order: JobFacts;
  readonly created: number;
  readonly status: JobStatus;
  readonly events: EventLog;
  /** Fires when it is cancelled. */
  readonly signal: AbortSignal;
  /** Steps done, of pictures × steps. */
  readonly progress: number;
  readonly result: Result | undefined;
  readonly error: { readonly code: string; readonly message: string } | undefined;
  /** When it ended. */
  readonly finished: number | undefined;
  /** Resolves at the end, whichever it is. */
  readonly ended: Promise<void>;
  step(data: Readonly<Record<string, unknown>>): void;
  /** Does its work. Never throws. */
  start(): Promise<void>;
  /** @returns false if it had ended before. */
  cancel(reason: string): boolean;
}

/** A job that waits. It ends once: what comes after its end changes nothing. */
export function newJob<Result>({ work, ...order }: JobOrder<Result>): Job<Result> {
  let own: JobOrder<Result>["work"] | undefined = work; // holds pictures that were sent: let go at the end
  const events = eventLog();
  const controller = new AbortController();
  let status: JobStatus = "queued";
  let progress = 0;
  let result: Result | undefined;
  let error: Job["error"];
  let finished: number | undefined;
  let settle = (): void => {};
  const ended = new Promise<void>((resolve) => {
    settle = resolve;
  });
  const isOver = (): boolean => finished !== undefined;
  const end = (how: "done" | "failed" | "cancelled", data: Readonly<Record<string, unknown>>): boolean => {
    if (isOver()) return false;
    status = how;
    finished = Date.now();
    own = undefined;
    events.add(how, data);
    settle();
    return true;
  };
  const job: Job<Result> = {
    id: randomUUID(),
    order,
    created: Date.now(),
    events,
    signal: controller.signal,
    ended,
    get status() {
      return status;
    },
    get progress() {
      return progress;
    },
    get result() {
      return result;
    },
    get error() {
      return error;
    },
    get finished() {
      return finished;
    },
    step(data) {
      if (isOver()) return;
      progress++;
      events.add("step", data);
    },
    async start() {
      if (isOver() || !own) return;
      status = "running";
      events.add("started", {});
      try {
        const made = await own(job);
        if (isOver()) return;
        result = made;
        end("done", {});
      } catch (cause) {
        if (isOver()) return;
        const { code, message } = answerOf(cause);
        error = { code, message };
        end("failed", { error });
      }
    },
    cancel(reason) {
      if (isOver()) return false;
      error = { code: "CANCELLED", message: reason };
      end("cancelled", { reason });
      controller.abort();
      return true;
    },
  };
  return job;
}
