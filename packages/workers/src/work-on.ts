import { availableParallelism, cpus } from "node:os";
import type { Queue, QueueHandler } from "@gmem/spec";
import { counted } from "@gmem/tensor";
import type { Note } from "./child-messages.ts";
import { type Children, children } from "./children.ts";
import type { Engine } from "./engine-of.ts";
import { workerName } from "./places.ts";

export interface WorkOn {
  readonly queue: Queue;
  readonly workers: number;
  /** As many processes, where they were started before; ended with the work in any case. */
  readonly pool?: Children | undefined;
  readonly place: string;
  readonly scratch: string;
  readonly code: string;
  /** For people: what a queue of this engine's jobs is worked on with. */
  readonly engine: Engine;
  /** Told of what people should know: a shard that came out otherwise elsewhere. */
  readonly warn: (text: string) => void;
  /** Told of every shard: begun, computed, lost with its process, failed. */
  readonly log?: (text: string) => void;
}

/** Takes shards from a queue and has processes compute them. @returns what drains it and ends them. */
export async function workOn({
  queue,
  workers,
  pool = children(workers),
  engine,
  warn,
  log,
  ...order
}: WorkOn): Promise<{ close(): Promise<void> }> {
  const about = `${cpus()[0]?.model.trim() ?? "unknown"}, ${availableParallelism()} cores, ${counted(workers, "process", "processes")}, ${engine}`;
  const handler: QueueHandler = async ({ data }) => {
    const [key, index] = [String(data.job), Number(data.shard)];
    const shard = `job ${key} shard ${index}`;
    const tell = (note: Note & { readonly lost?: true }): void => {
      if (note.waits !== undefined) warn(`${shard} waits: ${note.waits}`);
      else log?.(`${note.lost ? "lost    " : "begun   "} ${shard}${note.lost ? ": its process was killed" : ""}`);
    };
    const start = performance.now();
    try {
      const { outcome, differs } = await pool.run({ ...order, key, index }, tell);
      if (differs) warn(`${shard} came out otherwise on another machine; the first result stands`);
      if (outcome === "computed") log?.(`computed ${shard} in ${((performance.now() - start) / 1000).toFixed(2)} s`);
    } catch (error) {
      log?.(`failed   ${shard}: ${(error as Error).message}`);
      throw error;
    }
  };
  const options = { name: workerName(), about, concurrency: workers };
  const worker = await queue.work(handler, options).catch(async (error: unknown) => {
    await pool.close();
    throw error;
  });
  return {
    async close() {
      await worker.close();
      await pool.close();
    },
  };
}
