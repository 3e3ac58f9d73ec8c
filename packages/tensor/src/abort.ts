import { GMemError } from "./errors.ts";

/** @throws {GMemError} code `ABORTED` once the signal has fired; its reason is the cause. */
export function stopIfAborted(signal: AbortSignal | undefined, where: string): void {
  if (signal?.aborted) throw new GMemError("ABORTED", `${where}: stopped by its signal`, { cause: signal.reason });
}
