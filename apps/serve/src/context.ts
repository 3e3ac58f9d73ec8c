import type { Server } from "node:http";
import type {
  FastifyBaseLogger,
  FastifyInstance,
  RawReplyDefaultExpression,
  RawRequestDefaultExpression,
} from "fastify";
import type { ZodTypeProvider } from "fastify-type-provider-zod";
import type { Idempotency } from "./jobs/idempotency.ts";
import type { JobQueue } from "./jobs/job-queue.ts";
import type { RunLibrary } from "./runs/run-library.ts";
import type { ServeSettings } from "./settings.ts";

/** What every route is made with. */
export interface Context {
  readonly settings: ServeSettings;
  readonly library: RunLibrary;
  readonly queue: JobQueue;
  readonly idempotency: Idempotency;
  /** Waits for its turn to resolve a request. */
  readonly turn: () => Promise<void>;
}

/** The server that routes are added to. */
export type App = FastifyInstance<
  Server,
  RawRequestDefaultExpression<Server>,
  RawReplyDefaultExpression<Server>,
  FastifyBaseLogger,
  ZodTypeProvider
>;
