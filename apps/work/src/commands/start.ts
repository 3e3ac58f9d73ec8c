import { once } from "node:events";
import { getJob, jobsIn, shardsDone, shardsOf } from "@gmem/jobs";
import type { Store } from "@gmem/spec";
import { counted, GMemError } from "@gmem/tensor";
import { cacheFolder, stopOnInterrupt } from "@gmem/terminal";
import { codeVersion, queueAt, storeAt, workerName, workOn } from "@gmem/workers";

export interface StartFlags {
  readonly queue: string;
  readonly store: string;
  readonly scratch?: string;
  readonly workers: number;
}

/** `gmem-work start`: works until it is told to stop. */
export async function start({
  queue: url,
  store: place,
  scratch = cacheFolder("work"),
  workers,
}: StartFlags): Promise<void> {
  if (workers < 1) throw new GMemError("CONFIG", `start: --workers is 1 or more, got ${workers}`);
  const code = codeVersion();
  const store = await storeAt(place);
  const queue = await queueAt(url, code);
  const tell = (text: string): void => void process.stderr.write(`${text}\n`);
  const signal = stopOnInterrupt("what was begun is ended first; again to stop at once");
  const warn = (text: string): void => tell(`warning  ${text}`);
  const worker = await workOn({ queue, workers, place, scratch, code, warn, log: tell });
  tell(
    `${workerName()} works on ${queue.name} with ${counted(workers, "process", "processes")}, results in ${store.name}, code ${code}`,
  );
  try {
    for await (const key of jobsIn(store)) {
      const other = await leftBy(store, { key, code }).catch((error: Error) => error.message);
      if (other) tell(`warning  ${other}`);
    }
    if (!signal.aborted) await once(signal, "abort");
  } finally {
    await worker.close();
    await queue.close();
  }
  tell("stopped; nothing is half done");
}

/** What is said of a job that workers of this code do not see, and that is not done. */
async function leftBy(
  store: Store,
  { key, code }: { readonly key: string; readonly code: string },
): Promise<string | undefined> {
  const job = await getJob(store, key);
  if (job.code === code || (await shardsDone(store, key)).size >= shardsOf(job).length) return undefined;
  return `job ${key} is of code ${job.code}: this worker leaves it to others`;
}
