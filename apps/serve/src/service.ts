import type { WorkOptions } from "@gmem/runs";
import type { App, Context } from "./context.ts";
import { idempotency } from "./jobs/idempotency.ts";
import { jobQueue } from "./jobs/job-queue.ts";
import { oneATurn } from "./one-a-turn.ts";
import { runLibrary } from "./runs/run-library.ts";
import type { NamedRun } from "./runs/served-names.ts";
import type { ServedRun } from "./runs/served-run.ts";
import { buildServer } from "./server.ts";
import { memoryLimit, type ServeSettings } from "./settings.ts";

/** A server, its runs and its jobs. */
export interface Service {
  readonly app: App;
  readonly context: Context;
  readonly isStopping: boolean;
  /** Opens the first run, so that the first request need not wait. */
  warm(): Promise<void>;
  /** Takes no more work, lets what is there end within some seconds, and gives everything back. */
  stop(seconds: number): Promise<void>;
}

export interface ServiceOptions extends WorkOptions {
  readonly settings: ServeSettings;
  /** Milliseconds in which a request must have arrived; default 30,000. */
  readonly patience?: number;
}

export async function openService(
  runs: readonly NamedRun[],
  { settings, patience, ...work }: ServiceOptions,
): Promise<Service> {
  const library = runLibrary(runs, {
    ...work,
    slots: settings.slots,
    memory: memoryLimit(settings),
    onOpen: (served, seconds) =>
      work.onProgress?.({ stage: served.name, done: 1, total: 1, result: opened(served, seconds) }),
  });
  const queue = jobQueue({
    most: settings.queue,
    keep: settings.keep,
    room: (run) => 2 * (library.peek(run)?.batcher.slots ?? 8),
  });
  const context: Context = {
    settings,
    library,
    queue,
    idempotency: idempotency(({ id }) => queue.get(id) !== undefined),
    turn: oneATurn(),
  };
  const app = await buildServer(context, patience === undefined ? {} : { patience });
  let isStopping = false;
  return {
    app,
    context,
    get isStopping() {
      return isStopping;
    },
    async warm() {
      const [first] = runs;
      if (first) await library.use(first.name, async () => {});
    },
    async stop(seconds) {
      isStopping = true;
      await queue.drain(seconds);
      await app.close();
      await library.close();
    },
  };
}

/** How long it took, and how the number of slots was chosen. */
function opened({ batcher: { slots }, trials }: ServedRun, seconds: number): string {
  const measured = trials.map((one) => `${one.slots}: ${one.rows.toFixed(0)}/s`).join(", ");
  return `open after ${seconds.toFixed(1)} s, ${slots} slots${measured === "" ? "" : ` (rows of the network: ${measured})`}`;
}
