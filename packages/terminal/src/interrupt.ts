/**
 * A signal that fires at the first Ctrl-C, termination or hang-up of the terminal, after a note; a second Ctrl-C ends the
 * process at once. Those who stop a service or close a window send several signals, so nothing else does.
 */
export function stopOnInterrupt(note: string): AbortSignal {
  const controller = new AbortController();
  let presses = 0;
  const stop = (signal: NodeJS.Signals): void => {
    if (signal === "SIGINT" && ++presses > 1) process.exit(130);
    if (controller.signal.aborted) return;
    process.stderr.write(`\nstopping: ${note}\n`);
    controller.abort();
  };
  for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) process.on(signal, stop);
  return controller.signal;
}
