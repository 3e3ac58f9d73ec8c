import { GMemError } from "./errors.ts";

/**
 * Ends work whose signal has fired.
 * @param message `where: stopped by its signal`, and what was kept or how to go on.
 * @throws {GMemError} code `ABORTED`, with the signal's reason as its cause
 */
export function stopIfAborted(signal: AbortSignal | undefined, message: string): void {
  if (signal?.aborted) throw new GMemError("ABORTED", message, { cause: signal.reason });
}
