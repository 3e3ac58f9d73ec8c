import type { App, Context } from "../context.ts";
import { Refusal } from "../refusal.ts";

/** `/healthz`: the process answers. `/readyz`: it takes work. */
export function healthRoutes(app: App, { queue, library }: Context): void {
  const tags = ["server"];
  app.get("/healthz", { schema: { tags, summary: "The process answers" } }, async () => ({ status: "ok" }));
  app.get("/readyz", { schema: { tags, summary: "The server takes work" } }, async () => {
    if (queue.isDraining) throw new Refusal(503, "DRAINING", "the server is stopping", { retryAfter: 30 });
    return { status: "ready", runs: library.names.length, ...queue.counts() };
  });
}
