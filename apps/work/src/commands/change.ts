import { cancelJob, getJob, type JobDescription, submitJob } from "@gmem/jobs";
import type { Queue, Store } from "@gmem/spec";
import { counted } from "@gmem/tensor";
import { say } from "@gmem/terminal";
import { engineOf, queueAt, storeThere } from "@gmem/workers";

export interface ChangeFlags {
  readonly store: string;
  readonly queue: string;
  readonly json?: boolean;
}

/** `gmem-work cancel`. */
export const cancel = (key: string, flags: ChangeFlags): Promise<void> =>
  change(key, flags, async (job, { store, queue }) => {
    const forgotten = await cancelJob({ key, job }, { store, queue });
    say(flags.json, { job: key, forgotten }, `${key}  cancelled, ${counted(forgotten, "shard")} will not be computed`);
  });

/** `gmem-work retry`. */
export const retry = (key: string, flags: ChangeFlags): Promise<void> =>
  change(key, flags, async (job, { store, queue }) => {
    const { shards, done } = await submitJob(job, { store, queue });
    say(flags.json, { job: key, shards, done }, `${key}  ${counted(shards - done, "shard")} in the queue again`);
  });

async function change(
  key: string,
  { store: place, queue: url }: ChangeFlags,
  work: (job: JobDescription, places: { readonly store: Store; readonly queue: Queue }) => Promise<void>,
): Promise<void> {
  const store = await storeThere(place);
  const job = await getJob(store, key);
  const queue = await queueAt(url, { code: job.code, engine: engineOf(job.settings) });
  try {
    await work(job, { store, queue });
  } finally {
    await queue.close();
  }
}
