import type { FastifyReply, FastifyRequest } from "fastify";
import type { Context } from "../context.ts";
import type { Job } from "../jobs/job.ts";
import { errorRecord } from "../routes/answer-errors.ts";
import { cancelWhenGone, endedBadly } from "../routes/samples.ts";
import { eventHeaders } from "../routes/stream-events.ts";
import type { Drawn } from "../samples/drawn.ts";
import { pictureFile } from "../samples/picture-file.ts";
import type { ImageRequest } from "./image-request.ts";

/** Work of an image request that is under way. */
export interface ImageWork {
  readonly job: Job<Drawn>;
  readonly request: ImageRequest;
  /** OpenAI's word in its events. */
  readonly kind: "image_generation" | "image_edit";
}

/** The pictures of a job as OpenAI's clients read them: at once, or as events while they are drawn. */
export async function answerImages(
  http: { readonly request: FastifyRequest; readonly reply: FastifyReply },
  work: ImageWork,
  { settings }: Context,
): Promise<unknown> {
  const { request, reply } = http;
  const { job } = work;
  if (work.request.stream) return streamImages(http, work);
  const unwatch = cancelWhenGone(request, reply, job as Job);
  await job.ended;
  unwatch();
  if (!job.result) throw endedBadly(job as Job);
  const { result } = job;
  const format = work.request.output_format;
  const base = settings.publicUrl?.replace(/\/$/, "") ?? `${request.protocol}://${request.headers.host}`;
  const isUrl = work.request.response_format === "url";
  const data = await Promise.all(
    result.pictures.map(async (_, i) =>
      isUrl
        ? { url: `${base}/v1/jobs/${job.id}/images/${i}.${format}` }
        : { b64_json: Buffer.from(await pictureFile(result, i, format)).toString("base64") },
    ),
  );
  return { ...common(job, work.request), data };
}

const common = (job: Job<Drawn>, { output_format, size }: ImageRequest) => {
  const [picture] = job.result?.pictures ?? [];
  return {
    created: Math.floor(job.created / 1000),
    output_format,
    size: picture ? `${picture.width}x${picture.height}` : size,
    bank_version: job.result?.version ?? null,
    rows: job.result?.rows ?? [],
    seed: job.result?.body.seed ?? 0,
  };
};

/** Events in OpenAI's names: `partial_image` on the way, `completed` for each picture. */
async function streamImages(
  { request, reply }: { readonly request: FastifyRequest; readonly reply: FastifyReply },
  { job, request: asked, kind }: ImageWork,
): Promise<void> {
  reply.hijack();
  const { raw } = reply;
  raw.writeHead(200, { ...(reply.getHeaders() as Record<string, string>), ...eventHeaders });
  const send = (type: string, data: object): void => {
    raw.write(`event: ${type}\ndata: ${JSON.stringify({ type, ...data })}\n\n`);
  };
  const unwatch = cancelWhenGone(request, reply, job as Job);
  const every = Math.max(1, Math.floor(job.order.steps / (asked.partial_images + 1)));
  const sent = new Map<number, number>();
  const stop = job.events.listen(({ type, data }) => {
    const { picture = 0, step = 0, preview } = data as { picture?: number; step?: number; preview?: string };
    const before = sent.get(picture) ?? 0;
    if (type !== "step" || preview === undefined || before >= asked.partial_images || step < every * (before + 1))
      return;
    sent.set(picture, before + 1);
    const b64_json = preview.slice(preview.indexOf(",") + 1);
    const place = { partial_image_index: before, output_index: picture };
    send(`${kind}.partial_image`, { b64_json, ...place, ...common(job, asked), created_at: seconds(job) });
  });
  await job.ended;
  stop();
  unwatch();
  const { result } = job;
  if (result)
    for (const i of result.pictures.keys()) {
      const b64_json = Buffer.from(await pictureFile(result, i, asked.output_format)).toString("base64");
      send(`${kind}.completed`, { b64_json, output_index: i, ...common(job, asked), created_at: seconds(job) });
    }
  else send("error", { error: errorRecord(endedBadly(job as Job)) });
  raw.end();
}

const seconds = ({ created }: Job<Drawn>): number => Math.floor(created / 1000);
