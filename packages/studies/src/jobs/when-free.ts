import { setTimeout as wait } from "node:timers/promises";
import { isGMemError, stopIfAborted } from "@gmem/tensor";

/** Waits while another process of this machine trains the run that a cell needs as well; it is there then. */
export async function whenFree<T>(
  work: () => Promise<T>,
  { signal, every = 1000 }: { readonly signal?: AbortSignal | undefined; readonly every?: number } = {},
): Promise<T> {
  for (;;) {
    stopIfAborted(signal, "study: stopped while another process trains its run");
    try {
      return await work();
    } catch (error) {
      if (!isGMemError(error, "LOCKED")) throw error;
      await wait(every);
    }
  }
}
