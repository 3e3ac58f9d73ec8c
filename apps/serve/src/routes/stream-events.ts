import type { FastifyReply, FastifyRequest } from "fastify";
import type { JobEvent } from "../jobs/event-log.ts";
import type { Job } from "../jobs/job.ts";

/** Milliseconds between comments that keep a connection open through proxies. */
const heartbeat = 15_000;
/** Milliseconds that a client has to come back before its job is cancelled. */
const patience = 2000;
/** Bytes that a client may be behind. */
const mostBehind = 8 * 2 ** 20;

/** Headers of events that pass proxies as they are: nginx does not gather them, nothing compresses them. */
export const eventHeaders = {
  "Content-Type": "text/event-stream; charset=utf-8",
  "Cache-Control": "no-cache, no-transform",
  "X-Accel-Buffering": "no",
  Connection: "keep-alive",
} as const;

/** Sends the events of a job after `Last-Event-ID`, then those that come, until it ends or the client goes. */
export function streamEvents(request: FastifyRequest, reply: FastifyReply, job: Job): void {
  reply.hijack();
  const { raw } = reply;
  raw.writeHead(200, { ...(reply.getHeaders() as Record<string, string>), ...eventHeaders });
  const send = ({ id, type, data }: JobEvent): void => {
    if (raw.writableLength > mostBehind) raw.destroy();
    else raw.write(`id: ${id}\nevent: ${type}\ndata: ${JSON.stringify(data)}\n\n`);
  };
  raw.write("retry: 500\n\n");
  const seen = Number(request.headers["last-event-id"] ?? 0);
  for (const event of job.events.after(Number.isSafeInteger(seen) ? seen : 0)) send(event);
  if (job.finished !== undefined) {
    raw.end();
    return;
  }
  const stop = job.events.listen(send);
  const beat = setInterval(() => raw.write(": \n\n"), heartbeat);
  raw.once("close", () => {
    stop();
    clearInterval(beat);
    if (job.order.keep || job.finished !== undefined) return;
    setTimeout(() => {
      if (job.events.listeners === 0) job.cancel("its connection was closed");
    }, patience).unref();
  });
  void job.ended.then(() => raw.end());
}
