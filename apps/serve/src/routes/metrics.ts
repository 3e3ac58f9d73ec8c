import { Counter, collectDefaultMetrics, Gauge, Histogram, Registry } from "prom-client";
import type { App, Context } from "../context.ts";

/** `/metrics` for Prometheus. */
export function metricsRoutes(app: App, { queue, library }: Context): void {
  const register = new Registry();
  collectDefaultMetrics({ register });
  const registers = [register];
  const jobs = new Counter({
    name: "gmem_jobs_total",
    help: "Jobs that ended, by how",
    labelNames: ["run", "status"],
    registers,
  });
  const pictures = new Counter({
    name: "gmem_pictures_total",
    help: "Pictures of jobs that were done",
    labelNames: ["run"],
    registers,
  });
  const seconds = new Histogram({
    name: "gmem_job_seconds",
    help: "From request to end of jobs that were done",
    labelNames: ["run"],
    buckets: [0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 300],
    registers,
  });
  queue.onEnd(({ order: { run, pictures: count }, status, created, finished = created }) => {
    jobs.inc({ run, status });
    if (status !== "done") return;
    pictures.inc({ run }, count);
    seconds.observe({ run }, (finished - created) / 1000);
  });
  new Gauge({
    name: "gmem_queue_jobs",
    help: "Jobs that wait or draw",
    labelNames: ["state"],
    registers,
    collect() {
      const { queued, running } = queue.counts();
      this.set({ state: "queued" }, queued);
      this.set({ state: "running" }, running);
    },
  });
  new Gauge({
    name: "gmem_slots",
    help: "Slots of open runs, by what they do",
    labelNames: ["run", "state"],
    registers,
    collect() {
      for (const { name } of library.names) {
        const { drawing = 0, free = 0 } = library.peek(name)?.batcher.status() ?? {};
        this.set({ run: name, state: "drawing" }, drawing);
        this.set({ run: name, state: "free" }, free);
      }
    },
  });
  new Gauge({
    name: "gmem_steps",
    help: "Steps of the network since a run was opened",
    labelNames: ["run"],
    registers,
    collect() {
      for (const { name } of library.names) this.set({ run: name }, library.peek(name)?.batcher.status().steps ?? 0);
    },
  });
  app.get("/metrics", { schema: { tags: ["server"], summary: "For Prometheus" } }, async (_, reply) =>
    reply.type(register.contentType).send(await register.metrics()),
  );
}
