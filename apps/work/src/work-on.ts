import { availableParallelism, cpus } from "node:os";
import type { Queue } from "@gmem/spec";
import { counted } from "@gmem/tensor";
import { children } from "./children.ts";
import { workerName } from "./places.ts";

export interface WorkOn {
  readonly queue: Queue;
  readonly workers: number;
  readonly place: string;
  readonly scratch: string;
  readonly code: string;
  /** Told of what people should know: a shard that came out otherwise elsewhere. */
  readonly warn: (text: string) => void;
}

/** Takes shards from a queue and has processes compute them. @returns what drains it. */
export async function workOn({ queue, workers, warn, ...order }: WorkOn): Promise<{ close(): Promise<void> }> {
  const pool = children(workers);
  const about = `${cpus()[0]?.model.trim() ?? "unknown"}, ${availableParallelism()} cores, ${counted(workers, "process", "processes")}`;
  const worker = await queue.work(
    async ({ data }) => {
      const [key, index] = [String(data.job), Number(data.shard)];
      const { differs } = await pool.run({ ...order, key, index });
      if (differs) warn(`shard ${index} of job ${key} came out otherwise on another machine; the first result stands`);
    },
    { name: workerName(), about, concurrency: workers },
  );
  return {
    async close() {
      await worker.close();
      await pool.close();
    },
  };
}
