import { setTimeout as wait } from "node:timers/promises";

/** Waits for what is asked for; a test's own time limit ends it. */
export async function until(isThere: () => boolean | Promise<boolean>): Promise<void> {
  while (!(await isThere())) await wait(20);
}
