import { ExpressionError } from "@gmem/memory-bank/expression";
import type { FastifyError, FastifyReply, FastifyRequest } from "fastify";
import { answerOf } from "../refusal.ts";

/** OpenAI's word for a kind of error. */
const typeOf = (status: number): string =>
  status === 401 || status === 403
    ? "authentication_error"
    : status === 429
      ? "rate_limit_error"
      : status < 500
        ? "invalid_request_error"
        : "server_error";

/** An error as every route answers it; OpenAI's clients read the same record. */
export function errorRecord(error: unknown): Readonly<Record<string, unknown>> {
  const { status, code, message, facts } = answerOf(error);
  const { param, retryAfter, ...more } = facts;
  const place = error instanceof ExpressionError ? { position: error.position, nearest: error.nearest } : {};
  return {
    code,
    message,
    type: typeOf(status),
    param: param ?? (error instanceof ExpressionError ? "expression" : null),
    ...more,
    ...place,
    ...(retryAfter !== undefined && { retryAfter }),
  };
}

/** @param maxBody megabytes, said where a body is larger. */
export const answerErrors =
  (maxBody: number) =>
  (error: FastifyError, request: FastifyRequest, reply: FastifyReply): FastifyReply => {
    const { status, facts } = answerOf(error);
    if (status >= 500 && status !== 503) request.log.error({ err: error, cause: error.cause }, "a request failed");
    if (facts.retryAfter !== undefined) void reply.header("Retry-After", String(facts.retryAfter));
    const record = errorRecord(error);
    const limit = status === 413 && record.limit === undefined ? { limit: "max-body", allowed: maxBody * 2 ** 20 } : {};
    return reply.status(status).send({ error: { ...record, ...limit } });
  };
