import { hostname } from "node:os";
import { bullMqQueue, checkStore, openStore } from "@gmem/jobs";
import type { Queue, Store } from "@gmem/spec";
import { s3Access } from "@gmem/terminal";

/** The store of a place, as whoever the environment says; tried once. */
export async function storeAt(place: string): Promise<Store> {
  const store = untriedStore(place);
  await checkStore(store);
  return store;
}

/** The same without asking it anything. */
export const untriedStore = (place: string): Store => openStore(place, s3Access());

/** The queue of a server for code of one version: workers of another one never see its tasks. */
export const queueAt = (url: string, code: string): Promise<Queue> => bullMqQueue(url, { name: `gmem-${code}` });

/** Names one process among those of all machines. */
export const workerName = (): string => `${hostname().replaceAll(/[^A-Za-z0-9.-]/g, "-")}-${process.pid}`;
