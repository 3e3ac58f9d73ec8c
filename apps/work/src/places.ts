import { hostname } from "node:os";
import { bullMqQueue, checkStore, openStore } from "@gmem/jobs";
import type { Queue, Store } from "@gmem/spec";

/** The store of a place, as whoever the environment says; tried once. */
export async function storeAt(place: string, environment: NodeJS.ProcessEnv = process.env): Promise<Store> {
  const store = untriedStore(place, environment);
  await checkStore(store);
  return store;
}

/** The same without asking it anything. */
export function untriedStore(place: string, environment: NodeJS.ProcessEnv = process.env): Store {
  const { AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY, AWS_SESSION_TOKEN, AWS_REGION, AWS_ENDPOINT_URL } = environment;
  const access = AWS_ACCESS_KEY_ID &&
    AWS_SECRET_ACCESS_KEY && {
      accessKeyId: AWS_ACCESS_KEY_ID,
      secretAccessKey: AWS_SECRET_ACCESS_KEY,
      ...(AWS_SESSION_TOKEN && { sessionToken: AWS_SESSION_TOKEN }),
      ...(AWS_REGION && { region: AWS_REGION }),
      ...(AWS_ENDPOINT_URL && { endpoint: AWS_ENDPOINT_URL }),
    };
  return openStore(place, access || undefined);
}

/** The queue of a server for code of one version: workers of another one never see its tasks. */
export const queueAt = (url: string, code: string): Promise<Queue> => bullMqQueue(url, { name: `gmem-${code}` });

/** Names one process among those of all machines. */
export const workerName = (): string => `${hostname().replaceAll(/[^A-Za-z0-9.-]/g, "-")}-${process.pid}`;
