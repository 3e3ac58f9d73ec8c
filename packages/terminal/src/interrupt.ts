/** A signal that fires at the first Ctrl-C, after a note; the second one ends the process at once. */
export function stopOnInterrupt(note: string): AbortSignal {
  const controller = new AbortController();
  const onInterrupt = (): void => {
    if (controller.signal.aborted) process.exit(130);
    process.stderr.write(`\nstopping: ${note}\n`);
    controller.abort();
  };
  process.on("SIGINT", onInterrupt);
  process.on("SIGTERM", onInterrupt);
  return controller.signal;
}
