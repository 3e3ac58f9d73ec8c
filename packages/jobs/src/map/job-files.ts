import type { Store } from "@gmem/spec";
import { GMemError } from "@gmem/tensor";
import { canonicalJson, type JobDescription, jobKey, sha256 } from "./job.ts";

/** Where a job lies in a store. */
export const jobFiles = {
  description: (key: string): string => `jobs/${key}/job.json`,
  /** Says that nobody is to work on it any more. */
  cancelled: (key: string): string => `jobs/${key}/cancelled.json`,
  /** Says that a job is neither done nor cancelled: people ask for these, and not for all that ever was. */
  open: (key: string): string => `open/${key}`,
  shards: (key: string): string => `jobs/${key}/shards/`,
  shard: (key: string, index: number): string => `jobs/${key}/shards/${String(index).padStart(7, "0")}.json`,
  object: (hash: string): string => `objects/${hash.slice(0, 2)}/${hash}`,
} as const;

const encode = (value: unknown): Uint8Array => new TextEncoder().encode(`${canonicalJson(value)}\n`);

/** Bytes under their hash. @returns the hash. */
export async function putObject(store: Store, bytes: Uint8Array): Promise<string> {
  const hash = sha256(bytes);
  await store.putIfAbsent(jobFiles.object(hash), bytes);
  return hash;
}

/** @throws {GMemError} code `STORE` if it is not there, or not what its name says. */
export async function getObject(store: Store, hash: string): Promise<Uint8Array> {
  const key = jobFiles.object(hash);
  const bytes = await store.get(key);
  const fail = (rule: string, got: string): never => {
    throw new GMemError("STORE", `${store.name}: "${key}" ${rule}, got ${got}`);
  };
  if (!bytes) return fail("must be there", "nothing; compute it again");
  const found = sha256(bytes);
  if (found !== hash) fail("must be of its hash", `bytes of ${found.slice(0, 16)}…; delete it and compute it again`);
  return bytes;
}

/** Writes down what a job is, and that it is wanted. @returns its key. */
export async function putJob(store: Store, job: JobDescription): Promise<string> {
  const key = jobKey(job);
  await store.putIfAbsent(jobFiles.description(key), encode(job));
  await store.putIfAbsent(jobFiles.open(key), encode({}));
  await store.delete(jobFiles.cancelled(key));
  return key;
}

/** @throws {GMemError} code `STORE` for a job that the store does not have, or another under its key. */
export async function getJob(store: Store, key: string): Promise<JobDescription> {
  const bytes = await store.get(jobFiles.description(key));
  if (!bytes)
    throw new GMemError("STORE", `${store.name}: has no job "${key}"; look for its key with \`gmem-work status\``);
  try {
    const job = JSON.parse(new TextDecoder().decode(bytes)) as JobDescription;
    if (jobKey(job) === key) return job;
  } catch {
    // said below
  }
  const rule = `"${jobFiles.description(key)}" must describe its job, got something else`;
  throw new GMemError("STORE", `${store.name}: ${rule}; submit it again`);
}

/** The keys of all jobs of a store. */
export async function* jobsIn(store: Store): AsyncGenerator<string> {
  for await (const key of store.list("jobs/")) {
    const [, job] = /^jobs\/([0-9a-f]{32})\/job\.json$/.exec(key) ?? [];
    if (job !== undefined) yield job;
  }
}

/**
 * The keys of the jobs of a store that are wanted and not done, as far as those who wait for them said so: as many as there is
 * work, however much was done before.
 * @example
 * // no-run
 * for await (const key of openJobs(store)) console.log(key, (await shardsDone(store, key)).size);
 */
export async function* openJobs(store: Store): AsyncGenerator<string> {
  for await (const key of store.list("open/")) yield key.slice("open/".length);
}

/** What a store keeps of a shard that is done. */
export interface ShardEntry {
  /** Of the object with the result. */
  readonly hash: string;
  readonly size: number;
}

/** @returns what is there: this entry, or one that somebody else wrote before. */
export async function putShardEntry(
  store: Store,
  key: string,
  { index, ...entry }: ShardEntry & { readonly index: number },
): Promise<ShardEntry> {
  if (await store.putIfAbsent(jobFiles.shard(key, index), encode(entry))) return entry;
  return (await getShardEntry(store, key, index)) ?? entry;
}

export async function getShardEntry(store: Store, key: string, index: number): Promise<ShardEntry | undefined> {
  const bytes = await store.get(jobFiles.shard(key, index));
  return bytes && (JSON.parse(new TextDecoder().decode(bytes)) as ShardEntry);
}

/** Shards that the store has. */
export async function shardsDone(store: Store, key: string): Promise<ReadonlySet<number>> {
  const done = new Set<number>();
  const prefix = jobFiles.shards(key);
  for await (const file of store.list(prefix)) done.add(Number.parseInt(file.slice(prefix.length), 10));
  return done;
}

export const isCancelled = async (store: Store, key: string): Promise<boolean> =>
  (await store.head(jobFiles.cancelled(key))) !== undefined;
