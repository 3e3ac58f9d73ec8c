import type { Drawn } from "../samples/drawn.ts";
import { factsOf } from "../samples/picture-file.ts";
import type { Job } from "./job.ts";
import type { JobQueue } from "./job-queue.ts";

/** A job as it is answered: with what each of its pictures was drawn with. */
export function jobAnswer(job: Job<Drawn>, queue: JobQueue, base: string): Readonly<Record<string, unknown>> {
  const { result } = job;
  return {
    ...jobSummary(job, queue, base),
    ...(result && { pictures: result.pictures.map((_, i) => factsOf(result, i)) }),
  };
}

/** A job as it stands in a list. */
export function jobSummary(job: Job<Drawn>, queue: JobQueue, base: string): Readonly<Record<string, unknown>> {
  const { id, status, order, result, error, created, finished } = job;
  const { pictures, steps } = order;
  const ending = result?.body.format ?? "png";
  return {
    id,
    run: order.run,
    status,
    position: queue.position(job as Job),
    etaSeconds: queue.etaSeconds(job as Job) ?? null,
    progress: Number(Math.min(1, job.progress / (pictures * steps)).toFixed(4)),
    created,
    finished: finished ?? null,
    url: `${base}/v1/jobs/${id}`,
    events: `${base}/v1/jobs/${id}/events`,
    zip: `${base}/v1/jobs/${id}/zip`,
    images: Array.from({ length: pictures }, (_, i) => `${base}/v1/jobs/${id}/images/${i}.${ending}`),
    ...(result && {
      bankVersion: result.version ?? null,
      seed: result.body.seed,
      rows: result.rows,
      settings: result.settings,
    }),
    ...(error && { error }),
  };
}
