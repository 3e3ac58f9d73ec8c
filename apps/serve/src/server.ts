import { existsSync } from "node:fs";
import { fileURLToPath } from "node:url";
import bearerAuth from "@fastify/bearer-auth";
import cors from "@fastify/cors";
import multipart from "@fastify/multipart";
import rateLimit from "@fastify/rate-limit";
import fixedFiles from "@fastify/static";
import swagger from "@fastify/swagger";
import swaggerUi from "@fastify/swagger-ui";
import underPressure from "@fastify/under-pressure";
import fastify, { type FastifyBaseLogger, LogController } from "fastify";
import { jsonSchemaTransform, type ZodTypeProvider } from "fastify-type-provider-zod";
import pino from "pino";
import type { App, Context } from "./context.ts";
import { Refusal } from "./refusal.ts";
import { answerErrors } from "./routes/answer-errors.ts";
import { bankRoutes } from "./routes/bank.ts";
import { bankEditRoutes } from "./routes/bank-edits.ts";
import { callerCheck } from "./routes/check-caller.ts";
import { describing } from "./routes/described.ts";
import { healthRoutes } from "./routes/health.ts";
import { jobRoutes } from "./routes/jobs.ts";
import { metricsRoutes } from "./routes/metrics.ts";
import { noSuchRoute } from "./routes/no-such-route.ts";
import { openaiRoutes } from "./routes/openai.ts";
import { settingsRoutes } from "./routes/picture-settings.ts";
import { runRoutes } from "./routes/runs.ts";
import { sampleRoutes } from "./routes/samples.ts";
import { validatorCompiler } from "./routes/validate.ts";

/** Milliseconds that the event loop may lag before requests are sent away. */
const mostLag = 2000;

const unauthorized = {
  error: {
    code: "UNAUTHORIZED",
    message: "the token is missing or wrong; send `Authorization: Bearer TOKEN`",
    type: "authentication_error",
    param: "Authorization",
  },
};

/** The server with all its routes, not yet listening. @param patience milliseconds in which a request must have arrived. */
export async function buildServer(context: Context, { patience = 30_000 } = {}): Promise<App> {
  const { settings } = context;
  const app = fastify({
    loggerInstance: pino({ level: settings.log }, pino.destination(2)) as FastifyBaseLogger,
    bodyLimit: settings.maxBody * 2 ** 20,
    requestTimeout: patience,
    http: { requestTimeout: patience, headersTimeout: patience, connectionsCheckingInterval: patience / 10 },
    trustProxy: "loopback",
    routerOptions: { maxParamLength: 2000 }, // routes have limits of their own, and say them
    forceCloseConnections: "idle",
    frameworkErrors: (error, request, reply) => void answerErrors(settings.maxBody)(error, request, reply),
    logController: new LogController({ disableRequestLogging: settings.log !== "debug" }),
  }).withTypeProvider<ZodTypeProvider>();
  app.setValidatorCompiler(validatorCompiler as never);
  app.setSerializerCompiler(() => (data) => JSON.stringify(data));
  app.setErrorHandler(answerErrors(settings.maxBody));
  const unknown = noSuchRoute();
  app.addHook("onRoute", unknown.heard);
  app.setNotFoundHandler(unknown.answer);
  app.removeContentTypeParser("text/plain");
  const check = callerCheck(settings);
  app.addHook("onRequest", (request, reply, done) => {
    void reply.header("X-Content-Type-Options", "nosniff");
    check(request);
    done();
  });
  if (settings.cors?.length)
    await app.register(cors, {
      origin: [...settings.cors],
      methods: ["GET", "POST", "PATCH", "DELETE"],
      exposedHeaders: ["ETag", "Location", "Retry-After"],
    });
  await app.register(underPressure, {
    maxEventLoopDelay: mostLag,
    retryAfter: 5,
    pressureHandler: () => {
      throw new Refusal(503, "BUSY", "the server is behind with its work; ask again later", { retryAfter: 5 });
    },
  });
  if (settings.rate > 0)
    await app.register(rateLimit, {
      max: settings.rate,
      timeWindow: 60_000,
      errorResponseBuilder: (_, { ttl }) =>
        new Refusal(429, "RATE_LIMIT", `at most ${settings.rate} requests a minute are taken`, {
          limit: "rate",
          allowed: settings.rate,
          retryAfter: Math.ceil(ttl / 1000),
        }),
    });
  await app.register(multipart, { limits: { fileSize: settings.maxBody * 2 ** 20, files: 16, fields: 32, parts: 48 } });
  await app.register(swagger, {
    openapi: {
      openapi: "3.1.0",
      info: { title: "gmem-serve", description: "Pictures from an editable memory.", version: "1" },
      ...(settings.token && {
        components: { securitySchemes: { token: { type: "http", scheme: "bearer" } } },
        security: [{ token: [] }],
      }),
    },
    transform: jsonSchemaTransform,
  });
  app.addHook("onRoute", describing(settings));
  await app.register(swaggerUi, { routePrefix: "/docs" });
  app.get("/openapi.json", { schema: { hide: true } as never }, async () => app.swagger());
  healthRoutes(app, context);
  await app.register(async (guarded) => {
    if (settings.token !== undefined)
      await guarded.register(bearerAuth, {
        keys: new Set([settings.token]),
        addHook: "onRequest",
        errorResponse: () => unauthorized as never, // its type knows a text alone
      });
    const own = guarded as App;
    for (const routes of [
      runRoutes,
      sampleRoutes,
      jobRoutes,
      bankRoutes,
      bankEditRoutes,
      openaiRoutes,
      settingsRoutes,
      metricsRoutes,
    ])
      routes(own, context);
  });
  const page = fileURLToPath(new URL("./page/", import.meta.url)); // of the built program
  if (existsSync(page)) await app.register(fixedFiles, { root: page, prefix: "/", index: "index.html" });
  return app;
}
