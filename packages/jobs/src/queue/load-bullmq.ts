import { createRequire } from "node:module";
import { GMemError } from "@gmem/tensor";

/**
 * BullMQ and its client of Redis, which whoever uses a queue of a server installs.
 * @throws {GMemError} code `CONFIG` saying what to install.
 */
export async function loadBullMq(): Promise<
  Pick<typeof import("bullmq"), "Queue" | "Worker"> & Pick<typeof import("ioredis"), "Redis">
> {
  try {
    const require = createRequire(import.meta.url); // 100 ms less than import(), which looks for names in their text
    const { Queue, Worker } = require("bullmq") as typeof import("bullmq");
    const { Redis } = require("ioredis") as typeof import("ioredis");
    return { Queue, Worker, Redis };
  } catch (cause) {
    const message =
      "queue: redis:// needs bullmq and ioredis, which are not installed; run `npm install bullmq@6 ioredis@5`";
    throw new GMemError("CONFIG", message, { cause });
  }
}
