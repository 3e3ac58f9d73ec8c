import { createHash } from "node:crypto";
import { Refusal } from "../refusal.ts";
import type { Job } from "./job.ts";

/** Requests that were sent before, by the key that the client gave them. */
export interface Idempotency {
  /**
   * The job of a key, made by `make` where there is none.
   * @throws {Refusal} 422 where the key was given to another request; 400 for a key that is none.
   */
  jobOf<Result>(
    key: string | undefined,
    request: { readonly route: string; readonly body: unknown },
    make: () => Promise<Job<Result>>,
  ): Promise<Job<Result>>;
}

interface Known {
  readonly hash: string;
  readonly job: Promise<Job>;
}

/** Keys are let go with their jobs, or these would hold pictures that nobody can ask for any more; looked after so often. */
const sweepEvery = 256;

/** @param isKept whether a job's result is still there. */
export function idempotency(isKept: (job: Job) => boolean): Idempotency {
  const known = new Map<string, Known>();
  let made = 0;
  const sweep = (): void => {
    for (const [id, { job }] of known)
      job.then(
        (one) => isKept(one) || known.get(id)?.job !== job || known.delete(id),
        () => {},
      );
  };
  return {
    async jobOf(key, { route, body }, make) {
      if (key === undefined) return make();
      if (!/^[\x21-\x7e]{1,255}$/.test(key))
        throw new Refusal(400, "INVALID_REQUEST", "Idempotency-Key: must be 1 to 255 visible characters", {
          param: "Idempotency-Key",
        });
      const hash = createHash("sha256").update(JSON.stringify(body)).digest("hex");
      const id = `${route} ${key}`;
      const found = known.get(id);
      if (found) {
        const job = await found.job;
        const isUseful = isKept(job) && job.status !== "failed" && job.status !== "cancelled";
        if (isUseful && found.hash !== hash)
          throw new Refusal(
            422,
            "IDEMPOTENCY_MISMATCH",
            "Idempotency-Key: was given to another request; take another key",
            {
              param: "Idempotency-Key",
            },
          );
        if (isUseful) return job as Awaited<ReturnType<typeof make>>;
      }
      const job = make();
      known.set(id, { hash, job: job as Promise<Job> });
      job.catch(() => known.delete(id));
      if (++made % sweepEvery === 0) sweep();
      return job;
    },
  };
}
