/** Signals of one stop come together: a window that closes and a supervisor each send several. In milliseconds. */
const together = 1000;

/**
 * A signal that fires at the first Ctrl-C, termination or hang-up of the terminal, after a note. A second Ctrl-C ends the
 * process at once, as does a second termination that is no part of the first.
 */
export function stopOnInterrupt(note: string): AbortSignal {
  const controller = new AbortController();
  let presses = 0;
  let terminated: number | undefined;
  const stop = (signal: NodeJS.Signals): void => {
    if (signal === "SIGINT" && ++presses > 1) endBy(signal);
    if (signal === "SIGTERM") {
      terminated ??= performance.now();
      if (performance.now() - terminated > together) endBy(signal);
    }
    if (controller.signal.aborted) return;
    process.stderr.write(`\nstopping: ${note}\n`);
    controller.abort();
  };
  for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) process.on(signal, stop);
  return controller.signal;
}

/** Ends the process as the signal does by itself: `process.exit` unloads onnxruntime under a thread that computes, which aborts. */
export function endBy(signal: "SIGINT" | "SIGTERM"): void {
  process.removeAllListeners(signal);
  process.kill(process.pid, signal);
}
