import type { FastifyReply, FastifyRequest } from "fastify";
import type { Context } from "../context.ts";
import type { Refusal } from "../refusal.ts";
import { errorRecord } from "./answer-errors.ts";

/**
 * Sends a request away where the queue is full, before its body is read; not one that may be asking for a job that there is.
 * The answer is made once for as long as it says the same: a refused request takes no more of the machine than HTTP does.
 */
export function sendAwayWhenFull({
  queue,
}: Context): (request: FastifyRequest, reply: FastifyReply, done: () => void) => void {
  let last: { readonly refusal: Refusal; readonly text: string } | undefined;
  return ({ headers }, reply, done) => {
    const refusal = headers["idempotency-key"] === undefined ? queue.refusal() : undefined;
    if (!refusal) return done();
    if (last?.refusal !== refusal) last = { refusal, text: JSON.stringify({ error: errorRecord(refusal) }) };
    void reply
      .status(refusal.status)
      .header("Retry-After", String(refusal.facts.retryAfter))
      .type("application/json; charset=utf-8")
      .send(last.text);
  };
}
