import type { FastifyReply, FastifyRequest } from "fastify";
import { z } from "zod";
import type { App, Context } from "../context.ts";
import type { Job } from "../jobs/job.ts";
import { jobAnswer, jobSummary } from "../jobs/job-answer.ts";
import { Refusal } from "../refusal.ts";
import type { Drawn } from "../samples/drawn.ts";
import { pictureFile, picturesZip } from "../samples/picture-file.ts";
import { formats, type PictureFormat } from "../samples/sample-body.ts";
import { streamEvents } from "./stream-events.ts";

const params = z.strictObject({ id: z.string().max(64) });
const listQuery = z.strictObject({ limit: z.coerce.number().int().min(1).max(1000).default(100) });

/** Jobs: what they are at, their events, their pictures, their end. */
export function jobRoutes(app: App, { queue, settings }: Context): void {
  const tags = ["jobs"];
  const base = settings.publicUrl?.replace(/\/$/, "") ?? "";
  const jobOf = (id: string): Job<Drawn> => {
    const job = queue.get(id);
    if (job) return job as Job<Drawn>;
    throw new Refusal(
      404,
      "NO_SUCH_JOB",
      `jobs: none is called "${id.replaceAll(/[^\w-]/g, "?")}"; results are kept for ${settings.keep} s`,
      {
        limit: "keep",
        allowed: settings.keep,
      },
    );
  };
  const drawnOf = (id: string): Drawn => {
    const { result, status } = jobOf(id);
    if (result) return result;
    throw new Refusal(
      status === "queued" || status === "running" ? 425 : 410,
      "NO_PICTURES",
      `jobs: pictures are there when a job is done, got ${status}`,
    );
  };
  app.get(
    "/v1/jobs",
    { schema: { tags, summary: "Jobs that are kept, the newest last", querystring: listQuery } },
    async ({ query: { limit } }) => ({
      jobs: queue.all.slice(-limit).map((job) => jobSummary(job as Job<Drawn>, queue, base)),
    }),
  );
  app.get("/v1/jobs/:id", { schema: { tags, summary: "What a job is at", params } }, async (request) =>
    jobAnswer(jobOf(request.params.id), queue, base),
  );
  app.delete("/v1/jobs/:id", { schema: { tags, summary: "Cancels a job", params } }, async (request) => {
    const job = jobOf(request.params.id);
    job.cancel("it was cancelled");
    return jobAnswer(job, queue, base);
  });
  app.delete("/v1/jobs", { schema: { tags, summary: "Cancels all jobs" } }, async () => ({
    cancelled: queue.all.filter((job) => job.cancel("all were cancelled")).length,
  }));
  app.get(
    "/v1/jobs/:id/events",
    { schema: { tags, summary: "Events of a job as server-sent events", params } },
    async (request: FastifyRequest, reply: FastifyReply) =>
      streamEvents(request, reply, jobOf((request.params as { readonly id: string }).id) as Job),
  );
  app.get(
    "/v1/jobs/:id/zip",
    { schema: { tags, summary: "All pictures of a job", params } },
    async (request, reply) => {
      const { id } = request.params;
      const bytes = await picturesZip(drawnOf(id)); // before the headers: an error has its own
      return reply
        .type("application/zip")
        .header("Content-Disposition", `attachment; filename="${id}.zip"`)
        .send(bytes);
    },
  );
  app.get(
    "/v1/jobs/:id/images/:picture",
    {
      schema: {
        tags,
        summary: "A picture of a job: by its ending, or by Accept",
        params: z.strictObject({ id: z.string().max(64), picture: z.string().regex(/^\d{1,6}(\.(png|webp|jpe?g))?$/) }),
      },
    },
    async (request, reply) => {
      const { id, picture } = request.params;
      const drawn = drawnOf(id);
      const [number = "", ending] = picture.split(".");
      const format = ending === undefined ? accepted(request.headers.accept, drawn.body.format) : ofEnding(ending);
      const bytes = Buffer.from(await pictureFile(drawn, Number(number), format)); // before the headers
      return reply
        .type(`image/${format}`)
        .header("Cache-Control", "private, max-age=3600, immutable")
        .header("Vary", "Accept")
        .send(bytes);
    },
  );
}

const ofEnding = (ending: string): PictureFormat => (ending === "jpg" ? "jpeg" : (ending as PictureFormat));

const accepted = (accept: string | undefined, usual: PictureFormat): PictureFormat =>
  accept?.includes(`image/${usual}`) ? usual : (formats.find((format) => accept?.includes(`image/${format}`)) ?? usual);
