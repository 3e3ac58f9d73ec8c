import type { FastifyReply, FastifyRequest } from "fastify";
import { z } from "zod";
import type { App, Context } from "../context.ts";
import type { Job } from "../jobs/job.ts";
import { jobAnswer } from "../jobs/job-answer.ts";
import { Refusal } from "../refusal.ts";
import { type Drawn, drawn, keptBody } from "../samples/drawn.ts";
import { resolved } from "../samples/resolved.ts";
import { type SampleBody, sampleBody } from "../samples/sample-body.ts";
import { settingsOf } from "../samples/settings-of.ts";
import { startOf } from "../samples/start-of.ts";
import { sendAwayWhenFull } from "./send-away.ts";

/** A job that draws what a body asks for: resolved at once, against the bank as it is now. */
export async function sampleJob({ library, queue, turn }: Context, body: SampleBody): Promise<Job<Drawn>> {
  const { name } = library.named(body.run);
  await turn();
  return library.use(name, async (served) => {
    const settings = settingsOf(served.run.config.sampler, body);
    const asked = { resolved: await resolved(served, body), start: await startOf(served, body) };
    const work = { ...asked, settings, body: keptBody(body) };
    return queue.add<Drawn>({
      run: name,
      pictures: work.resolved.count,
      steps: settings.steps,
      keep: body.keep,
      bytes: 3 * served.run.config.image.size ** 2 * work.resolved.count,
      work: (job) => library.use(name, (open) => drawn(open, work, job)),
    });
  });
}

/** Cancels a job whose client is gone, unless it was made to stay. @returns what ends the watch. */
export function cancelWhenGone(request: FastifyRequest, reply: FastifyReply, job: Job): () => void {
  const gone = (): void => {
    if (!reply.raw.writableFinished && !job.order.keep) job.cancel("its connection was closed");
  };
  const { socket } = request.raw;
  if (socket.destroyed) gone(); // while the request was resolved
  socket.once("close", gone);
  return () => socket.off("close", gone);
}

/** `POST /v1/samples`. */
export function sampleRoutes(app: App, context: Context): void {
  const { queue, idempotency, settings } = context;
  app.post(
    "/v1/samples",
    {
      onRequest: sendAwayWhenFull(context),
      schema: {
        tags: ["samples"],
        summary: "Draws pictures",
        description: "Answers 202 with a job; with `?wait=true` when it is done.",
        body: sampleBody(settings),
        querystring: z.strictObject({ wait: z.enum(["true", "false"]).default("false") }),
      },
    },
    async (request, reply) => {
      const key = request.headers["idempotency-key"] as string | undefined;
      const body = { ...request.body, keep: request.body.keep || key !== undefined };
      const job = await idempotency.jobOf(key, { route: "samples", body }, () => sampleJob(context, body));
      const answer = () => jobAnswer(job, queue, settings.publicUrl?.replace(/\/$/, "") ?? "");
      if (request.query.wait === "false")
        return reply.status(202).header("Location", `/v1/jobs/${job.id}`).send(answer());
      const unwatch = cancelWhenGone(request, reply, job as Job);
      await job.ended;
      unwatch();
      if (job.status === "done") return answer();
      throw endedBadly(job as Job);
    },
  );
}

/** Why a job came to no picture, as an error. */
export function endedBadly({ status, error }: Job): Refusal {
  const { code = "UNEXPECTED", message = "the job ended" } = error ?? {};
  return new Refusal(status === "cancelled" ? 409 : statusOf(code), code, message);
}

const statusOf = (code: string): number => (code === "INVALID_REQUEST" || code === "CONFIG" ? 400 : 500);
