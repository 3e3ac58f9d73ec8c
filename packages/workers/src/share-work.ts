import { existsSync } from "node:fs";
import { mkdir } from "node:fs/promises";
import { dirname, join } from "node:path";
import {
  followJob,
  inProcessQueue,
  type JobContext,
  type JobDescription,
  type JobKind,
  shardResults,
  submitJob,
} from "@gmem/jobs";
import { counted, GMemError } from "@gmem/tensor";
import { cacheFolder, hubSettings, progress, progressLines, say, stopOnInterrupt } from "@gmem/terminal";
import { children } from "./children.ts";
import { codeVersion } from "./code-version.ts";
import { engineOf } from "./engine-of.ts";
import { queueAt, storeAt } from "./places.ts";
import { workOn } from "./work-on.ts";

/** Who does the work of a command. */
export interface ShareFlags {
  /** Processes of this machine; with a queue none unless given. */
  readonly workers?: number;
  /** Of a Redis, whose workers on other machines take part. */
  readonly queue?: string;
  /** Where results are: a folder, or `s3://bucket/prefix`; default `work`. */
  readonly store?: string;
  /** What is fetched and computed on the way; default: in the user's cache. */
  readonly scratch?: string;
  /** Does not wait. */
  readonly detach?: boolean;
  readonly json?: boolean;
}

/** Work that is done. */
export interface SharedWork {
  /** Keys of the jobs; undefined where nothing was left to compute. */
  readonly job?: string;
  readonly shards: number;
  readonly context: JobContext;
}

/**
 * Whether processes or machines are to share the work of a command.
 * @throws {GMemError} code `CONFIG` for flags that nobody could work by.
 */
export function isShared({ workers, queue, detach }: ShareFlags): boolean {
  if (queue === undefined && detach) throw new GMemError("CONFIG", "--detach is for --queue redis://…, got none");
  if (workers !== undefined && workers < 1 && queue === undefined)
    throw new GMemError("CONFIG", `--workers must be 1 or more, or --queue redis://… given, got ${workers}`);
  return workers !== undefined || queue !== undefined;
}

/**
 * Has processes or machines compute the shards of some work, and puts their files where a command of one machine looks for
 * them: it goes on from there, so that its result is the same.
 * @returns undefined with `detach`, which has said so: the same command later goes on.
 * @throws {GMemError} code `CONFIG` for flags that nobody could work by; `JOB` once all that is left has failed; `ABORTED`.
 * @example
 * // no-run
 * import { encodeLatents, loadConfig } from "@gmem/runs";
 * import { latentsJob } from "@gmem/runs/jobs";
 * const config = await loadConfig("cifar-nano", []);
 * await shareWork(latentsJob, { config, folder: "latents", shardRows: 4096 }, { workers: 2, store: "work" });
 * await encodeLatents(config, { folder: "latents", shardRows: 4096 }); // finds its shards
 */
export async function shareWork<Asked>(
  kind: JobKind<Asked>,
  asked: Asked,
  flags: ShareFlags,
): Promise<SharedWork | undefined> {
  if (!isShared(flags))
    throw new GMemError(
      "CONFIG",
      "submit: needs --workers N for this machine, or --queue redis://… for others, got neither",
    );
  const { queue: url, store: place = "work", scratch = cacheFolder("work"), detach, json, workers = 0 } = flags;
  const signal = stopOnInterrupt("the same command goes on from here; again to stop at once");
  const [code, engine] = [codeVersion(), engineOf(asked)];
  const store = await storeAt(place);
  const context = { store, scratch, signal, hub: hubSettings(), onProgress: progressLines() };
  const queue = url === undefined ? inProcessQueue() : await queueAt(url, { code, engine });
  const pool = workers > 0 ? children(workers) : undefined;
  try {
    const planned = await kind.plan(asked, context);
    if (!planned) return { shards: 0, context };
    const job: JobDescription = { kind: kind.name, ...planned, code };
    const { key, shards, done } = await submitJob(job, { store, queue });
    if (detach) {
      say(json, { job: key, shards, done }, `${key}  ${done} of ${counted(shards, "shard")} done`);
      return undefined;
    }
    if (workers < 1 && done < shards && (await queue.workers()).length === 0)
      process.stderr.write(
        `note     no worker of code ${code} and engine ${engine} is there; start one: gmem-work start --queue … --store …\n`,
      );
    const line = progress({ label: kind.name, total: job.count, from: Math.min(done * job.shardSize, job.count) });
    const warn = (text: string): void => line.say(`warning  ${text}`);
    const worker =
      pool && done < shards ? await workOn({ queue, pool, workers, place, scratch, code, engine, warn }) : undefined;
    try {
      const every = url === undefined ? 200 : 1000;
      const onProgress = (some: number): void => line.update(Math.min(some * job.shardSize, job.count), `job ${key}`);
      await followJob({ key, job }, { store, queue, signal, every, onProgress });
      line.finish();
    } finally {
      await worker?.close();
    }
    const folder = kind.place(asked);
    for await (const files of shardResults(store, { key, job }))
      for (const [name, bytes] of Object.entries(files)) await keep(join(folder, name), bytes);
    return { job: key, shards, context };
  } finally {
    await pool?.close();
    await queue.close();
  }
}

/** A file that is there is whole, and the same. */
async function keep(path: string, bytes: Uint8Array): Promise<void> {
  if (existsSync(path)) return;
  const { writeFileAtomic } = await import("@gmem/weights"); // not for commands that only look
  await mkdir(dirname(path), { recursive: true });
  await writeFileAtomic(path, bytes);
}
