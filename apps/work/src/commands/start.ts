import { once } from "node:events";
import { getJob, openJobs } from "@gmem/jobs";
import type { Store } from "@gmem/spec";
import { counted, GMemError } from "@gmem/tensor";
import { cacheFolder, stopOnInterrupt } from "@gmem/terminal";
import { codeVersion, type Engine, engineOf, type QueueOf, queueAt, storeAt, workerName, workOn } from "@gmem/workers";

export interface StartFlags {
  readonly queue: string;
  readonly store: string;
  readonly scratch?: string;
  readonly workers: number;
  readonly engine: Engine;
}

/** `gmem-work start`: works until it is told to stop. */
export async function start({
  queue: url,
  store: place,
  scratch = cacheFolder("work"),
  workers,
  engine,
}: StartFlags): Promise<void> {
  if (workers < 1) throw new GMemError("CONFIG", `start: --workers is 1 or more, got ${workers}`);
  const code = codeVersion();
  const store = await storeAt(place);
  if (engine !== "cpu") await tryEngine(engine);
  const queue = await queueAt(url, { code, engine });
  const tell = (text: string): void => void process.stderr.write(`${text}\n`);
  const signal = stopOnInterrupt("what was begun is ended first; again to stop at once");
  const warn = (text: string): void => tell(`warning  ${text}`);
  const worker = await workOn({ queue, workers, place, scratch, code, engine, warn, log: tell });
  tell(
    `${workerName()} works on ${queue.name} with ${counted(workers, "process", "processes")}, results in ${store.name}, code ${code}, engine ${engine}`,
  );
  try {
    await tellOfOthers(store, { code, engine, tell });
    if (!signal.aborted) await once(signal, "abort");
  } finally {
    await worker.close();
    await queue.close();
  }
  tell("stopped; nothing is half done");
}

/** @throws {GMemError} code `BACKEND_UNAVAILABLE` where it is not: each shard would fail of that. */
async function tryEngine(device: Engine): Promise<void> {
  const { openEngine } = await import("@gmem/runs"); // all of it: only where it is needed
  await (await openEngine({ kind: "onnx", device, threads: 1 })).dispose();
}

/** Says how many open jobs this worker does not see, and which cannot be read. */
async function tellOfOthers(
  store: Store,
  { code, engine, tell }: QueueOf & { readonly tell: (text: string) => void },
): Promise<void> {
  const others: string[] = [];
  for await (const key of openJobs(store))
    try {
      const job = await getJob(store, key);
      if (job.code !== code || engineOf(job.settings) !== engine) others.push(key);
    } catch (error) {
      tell(`warning  ${(error as Error).message}`);
    }
  if (others.length > 0)
    tell(
      `warning  ${counted(others.length, "open job")} of other code or engine, such as ${others[0]}: this worker leaves ${others.length === 1 ? "it" : "them"} to others`,
    );
}
