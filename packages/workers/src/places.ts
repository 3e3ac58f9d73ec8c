import { hostname } from "node:os";
import { bullMqQueue, checkStore, openStore } from "@gmem/jobs";
import type { Queue, Store } from "@gmem/spec";
import { s3Access } from "@gmem/terminal";
import type { Engine } from "./engine-of.ts";

/** The store of a place, as whoever the environment says; tried once. */
export async function storeAt(place: string): Promise<Store> {
  const store = untriedStore(place);
  await checkStore(store);
  return store;
}

/** The same without asking it anything. */
export const untriedStore = (place: string): Store => openStore(place, s3Access());

/** Whose tasks they are: workers of other code or of another engine never see them. */
export interface QueueOf {
  readonly code: string;
  readonly engine: Engine;
}

/** The queue of a server. */
export const queueAt = (url: string, { code, engine }: QueueOf): Promise<Queue> =>
  bullMqQueue(url, { name: `gmem-${code}${engine === "cpu" ? "" : `-${engine}`}` });

/** Names one process among those of all machines. */
export const workerName = (): string => `${hostname().replaceAll(/[^A-Za-z0-9.-]/g, "-")}-${process.pid}`;
