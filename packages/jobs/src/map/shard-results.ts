import type { Store } from "@gmem/spec";
import { GMemError } from "@gmem/tensor";
import { type JobDescription, shardsOf } from "./job.ts";
import { getObject, getShardEntry } from "./job-files.ts";
import { type Files, unpack } from "./pack.ts";

/**
 * The results of all shards, by their index and not by who was first: what is summed of them is the same to the bit with
 * one worker and with twenty.
 * @throws {GMemError} code `STORE` for a shard that is missing or damaged.
 * @example
 * // no-run
 * declare const submitted: { readonly key: string; readonly job: JobDescription };
 * for await (const files of shardResults(store, submitted)) console.log(files["rows.bin"]);
 */
export async function* shardResults(
  store: Store,
  { key, job }: { readonly key: string; readonly job: JobDescription },
): AsyncGenerator<Files> {
  for (const { index } of shardsOf(job)) yield shardResult(store, { key, index });
}

/**
 * The result of one shard.
 * @throws {GMemError} code `STORE` if it is missing or damaged.
 * @example
 * // no-run
 * const files = await shardResult(store, { key: "0123456789abcdef0123456789abcdef", index: 7 });
 */
export async function shardResult(
  store: Store,
  { key, index }: { readonly key: string; readonly index: number },
): Promise<Files> {
  const entry = await getShardEntry(store, key, index);
  if (entry) return unpack(await getObject(store, entry.hash));
  throw new GMemError("STORE", `${store.name}: job ${key} must be done, got no shard ${index}; submit it again`);
}
