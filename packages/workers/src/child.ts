import { type Files, getJob, type JobDescription, type OpenJob, runShard, type Shard } from "@gmem/jobs";
import { GMemError } from "@gmem/tensor";
import { endBy, hubSettings } from "@gmem/terminal";
import type { Answer, Note, Order } from "./child-messages.ts";
import { kinds } from "./kinds.ts";
import { isDiskFull, patiently, patientStore } from "./patience.ts";
import { untriedStore } from "./places.ts";

const note = (what: Note): void => void process.send?.(what);
const waits = (text: string): void => note({ waits: text });

/** What is kept of the job that is worked on: networks and data are opened once. */
let current: { readonly key: string; readonly job: JobDescription; readonly open: OpenJob } | undefined;

async function opened({ key, place, scratch, code }: Order): Promise<NonNullable<typeof current>> {
  if (current?.key === key) return current;
  await current?.open.close();
  current = undefined;
  const store = patientStore(untriedStore(place), waits);
  const job = await getJob(store, key);
  if (job.code !== code) {
    const rule = "must be of the worker's own code";
    throw new GMemError(
      "VERSION",
      `job ${key}: ${rule}, got ${job.code} and not ${code}; install the same version everywhere`,
    );
  }
  const kind = kinds[job.kind];
  if (!kind)
    throw new GMemError("VERSION", `job ${key}: must be of a known kind, got "${job.kind}"; update this worker`);
  const open = await kind.open(job, { store, scratch, hub: hubSettings() });
  current = { key, job, open };
  return current;
}

async function answer(order: Order): Promise<Answer> {
  try {
    const whileFull = { isPassing: isDiskFull, tell: waits };
    const { key, job, open } = await patiently(() => opened(order), whileFull);
    const store = patientStore(untriedStore(order.place), waits);
    const compute = (shard: Shard): Promise<Files> => {
      note({ begun: true });
      return patiently(() => open.compute(shard), whileFull);
    };
    return await runShard(store, { key, job, index: order.index }, compute);
  } catch (error) {
    return { error: error instanceof Error ? error.message : String(error) };
  }
}

let last: Promise<unknown> = Promise.resolve();
process.on("message", (order: Order) => {
  last = last.then(async () => process.send?.(await answer(order)));
});
process.on("disconnect", () => endBy("SIGTERM")); // the worker is gone: its tasks go to others
for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) process.on(signal, () => undefined); // the worker decides
