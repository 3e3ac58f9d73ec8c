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
  for (const { index } of shardsOf(job)) {
    const entry = await getShardEntry(store, key, index);
    if (!entry)
      throw new GMemError("STORE", `${store.name}: job ${key} must be done, got no shard ${index}; submit it again`);
    yield unpack(await getObject(store, entry.hash));
  }
}
