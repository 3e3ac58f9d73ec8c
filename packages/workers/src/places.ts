import { stat } from "node:fs/promises";
import { hostname } from "node:os";
import { bullMqQueue, checkStore, lookAtQueues, openStore, type QueueFacts, StoreError } from "@gmem/jobs";
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

/**
 * A store that work was put into before. A bucket says by itself that it is not there.
 * @throws {StoreError} code `STORE` for a folder that is not there: nothing is found in a place that somebody mistyped.
 */
export async function storeThere(place: string): Promise<Store> {
  const store = untriedStore(place);
  if (place.includes("://")) return store;
  const found = await stat(place).catch((error: NodeJS.ErrnoException) => error);
  if (!(found instanceof Error) && found.isDirectory()) return store;
  const got = found instanceof Error ? (found.code === "ENOENT" ? "none" : `none (${found.code})`) : "a file";
  const message = `must be a folder that work was put into, got ${got}; give --store as it was submitted`;
  throw new StoreError(store.name, "refused", { message });
}

/** Whose tasks they are: workers of other code or of another engine never see them. */
export interface QueueOf {
  readonly code: string;
  readonly engine: Engine;
}

/** The queue of a server. */
export const queueAt = (url: string, of: QueueOf): Promise<Queue> => bullMqQueue(url, { name: nameOf(of) });

/** What queues of a server say, at once. */
export const queuesAt = (url: string, of: readonly QueueOf[]): Promise<readonly QueueFacts[]> =>
  lookAtQueues(url, of.map(nameOf));

const nameOf = ({ code, engine }: QueueOf): string => `gmem-${code}${engine === "cpu" ? "" : `-${engine}`}`;

/** Names one process among those of all machines. */
export const workerName = (): string => `${hostname().replaceAll(/[^A-Za-z0-9.-]/g, "-")}-${process.pid}`;
