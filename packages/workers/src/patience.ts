import { setTimeout as wait } from "node:timers/promises";
import { StoreError } from "@gmem/jobs";
import type { Store } from "@gmem/spec";
import { isGMemError } from "@gmem/tensor";

/** How long a person has to free a disk or to bring a store back, in milliseconds. */
const patience = 600_000;

interface Patience {
  readonly isPassing: (error: unknown) => boolean;
  /** Told once of what is waited for. */
  readonly tell: (text: string) => void;
}

/** Runs work again, at growing pauses, while it fails of what passes. @throws what it failed of last, after ten minutes. */
export async function patiently<T>(work: () => Promise<T>, { isPassing, tell }: Patience): Promise<T> {
  const end = Date.now() + patience;
  for (let tries = 0; ; tries++) {
    try {
      return await work();
    } catch (error) {
      if (!isPassing(error) || Date.now() > end) throw error;
      if (tries === 0) tell(`${(error as Error).message}; it is tried again for ten minutes`);
      await wait(Math.min(100 * 2 ** tries, 5000));
    }
  }
}

/** The disk of this machine has no room: it is not the shard's fault. */
export const isDiskFull = (error: unknown): boolean =>
  isGMemError(error, "DISK_FULL") || ["ENOSPC", "EDQUOT"].includes((error as NodeJS.ErrnoException).code ?? "");

/** The store is full or away: no other worker could do better, so that a result is kept until it is taken. */
export function patientStore(store: Store, tell: (text: string) => void): Store {
  const isPassing = (error: unknown): boolean =>
    error instanceof StoreError && ["full", "unreachable"].includes(error.reason);
  const again = <T>(work: () => Promise<T>): Promise<T> => patiently(work, { isPassing, tell });
  return {
    name: store.name,
    get: (key, range) => again(() => store.get(key, range)),
    put: (key, bytes) => again(() => store.put(key, bytes)),
    putIfAbsent: (key, bytes) => again(() => store.putIfAbsent(key, bytes)),
    head: (key) => again(() => store.head(key)),
    list: (prefix) => store.list(prefix),
    delete: (key) => again(() => store.delete(key)),
  };
}
