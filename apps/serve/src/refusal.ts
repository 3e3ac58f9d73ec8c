import { GMemError, isGMemError } from "@gmem/tensor";

/** What a refusal says beside its message. */
export interface RefusalFacts {
  /** The option or rule that was met. */
  readonly limit?: string;
  /** What would be taken. */
  readonly allowed?: unknown;
  /** Seconds after which to ask again. */
  readonly retryAfter?: number;
  /** The place in the request. */
  readonly param?: string;
}

/** A request that is not done, with its HTTP status. */
export class Refusal extends GMemError {
  readonly status: number;
  readonly facts: RefusalFacts;
  constructor(status: number, code: string, message: string, facts: RefusalFacts = {}) {
    super(code, message);
    this.status = status;
    this.facts = facts;
  }
}

/** HTTP statuses of errors of the packages; what is not here is a fault of the server. */
const statuses: Readonly<Record<string, number>> = {
  CONFIG: 400,
  INVALID_REQUEST: 400,
  SHAPE: 400,
  DATA: 400,
  BANK: 409,
  LOCKED: 409,
  ABORTED: 409,
  DISK_FULL: 507,
  OUT_OF_MEMORY: 503,
};

/** An error as it is answered. */
export interface ErrorAnswer {
  readonly status: number;
  readonly code: string;
  readonly message: string;
  readonly facts: RefusalFacts;
}

/** What a client is told of an error: nothing of the server's inside where it is a fault of ours. */
export function answerOf(error: unknown): ErrorAnswer {
  if (error instanceof Refusal) return { ...pick(error), facts: error.facts };
  if (isGMemError(error)) return { status: statuses[error.code] ?? 500, ...coded(error), facts: {} };
  const { statusCode, code, message } = error as Error & { readonly statusCode?: number; readonly code?: string };
  if (typeof statusCode === "number" && statusCode < 500)
    return {
      status: statusCode,
      code: code?.startsWith("FST_") ? "INVALID_REQUEST" : (code ?? "REFUSED"),
      message,
      facts: {},
    };
  if (code === "ENOSPC" || code === "EDQUOT")
    return { status: 507, code: "DISK_FULL", message: "the server's disk is full; nothing was changed", facts: {} };
  if (code === "EACCES" || code === "EPERM" || code === "EROFS")
    return {
      status: 403,
      code: "READ_ONLY",
      message: "the server has no right to write this; nothing was changed",
      facts: {},
    };
  return { status: 500, code: "UNEXPECTED", message: "the server failed; its log says why", facts: {} };
}

const coded = ({ code, message }: GMemError) => ({ code: String(code), message });
const pick = ({ status, code, message }: Refusal) => ({ status, code: String(code), message });
