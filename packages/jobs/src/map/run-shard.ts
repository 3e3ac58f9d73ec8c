import type { Store } from "@gmem/spec";
import { type JobDescription, type Shard, shardsOf } from "./job.ts";
import { getShardEntry, isCancelled, putObject, putShardEntry } from "./job-files.ts";
import { type Files, pack } from "./pack.ts";

/** How it went with a shard. */
export interface ShardOutcome {
  /** `computed`, `there` where the store had it before, `cancelled` where nobody wants it any more. */
  readonly outcome: "computed" | "there" | "cancelled";
  /** Somebody else computed other bytes: machines whose arithmetic differs. The first that were written stand. */
  readonly differs?: true;
  /** Items that were computed. */
  readonly items: number;
}

/**
 * Computes a shard of a job unless the store has it. The result is written under its own hash, its entry last: an entry
 * always has its object, and running a shard twice writes nothing new.
 * @example
 * // no-run
 * declare const submitted: { readonly key: string; readonly job: JobDescription };
 * await runShard(store, { ...submitted, index: 7 }, async ({ start, end }) => ({ "rows.bin": Uint8Array.of(start, end) }));
 */
export async function runShard(
  store: Store,
  { key, job, index }: { readonly key: string; readonly job: JobDescription; readonly index: number },
  compute: (shard: Shard) => Promise<Files>,
): Promise<ShardOutcome> {
  if (await getShardEntry(store, key, index)) return { outcome: "there", items: 0 };
  if (await isCancelled(store, key)) return { outcome: "cancelled", items: 0 };
  const shard = shardsOf(job)[index] as Shard;
  const bytes = pack(await compute(shard));
  const hash = await putObject(store, bytes);
  const kept = await putShardEntry(store, key, { index, hash, size: bytes.length });
  return { outcome: "computed", items: shard.end - shard.start, ...(kept.hash !== hash && { differs: true }) };
}
