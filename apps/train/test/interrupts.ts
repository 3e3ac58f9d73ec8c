import { afterEach } from "vitest";

const interrupts = ["SIGINT", "SIGTERM"] as const;

/** Takes away what commands listen for after each test: a process of tests makes many of them. */
export function forgetInterrupts(): void {
  const listening = new Set(interrupts.flatMap((signal) => process.listeners(signal)));
  afterEach(() => {
    for (const signal of interrupts)
      for (const added of process.listeners(signal)) if (!listening.has(added)) process.off(signal, added);
  });
}
