import { vi } from "vitest";
import { main } from "../src/program.ts";

const interrupts = ["SIGINT", "SIGTERM", "SIGHUP"] as const;

export interface Finished {
  readonly status: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** The program in this process. */
export async function evaluate(...args: string[]): Promise<Finished> {
  const heard = { stdout: "", stderr: "" };
  const listening = interrupts.flatMap((signal) => process.listeners(signal));
  const spies = (["stdout", "stderr"] as const).map((name) =>
    vi.spyOn(process[name], "write").mockImplementation((text) => {
      heard[name] += String(text);
      return true;
    }),
  );
  try {
    return { status: await main(args), ...heard };
  } finally {
    for (const spy of spies) spy.mockRestore();
    for (const signal of interrupts)
      for (const added of process.listeners(signal).filter((listener) => !listening.includes(listener)))
        process.off(signal, added);
  }
}
