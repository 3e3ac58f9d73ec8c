import { once } from "node:events";
import type { AddressInfo } from "node:net";
import { GMemError } from "@gmem/tensor";
import { say, stopOnInterrupt } from "@gmem/terminal";
import { codeVersion, queueAt } from "@gmem/workers";
import { Queue } from "bullmq";
import { Redis } from "ioredis";
import { loadBoard } from "../load-board.ts";

export interface BoardFlags {
  readonly queue: string;
  readonly port: number;
  readonly json?: boolean;
}

/** Only this machine is answered: the pages ask nobody who they are. */
const host = "127.0.0.1";

/** `gmem-work board`: bull-board's pages of every queue of ours on a server, to look at and not to change. */
export async function board({ queue: url, port, json }: BoardFlags): Promise<void> {
  const { createBullBoard, BullMQAdapter, FastifyAdapter, fastify } = await loadBoard();
  await (await queueAt(url, { code: codeVersion(), engine: "cpu" })).close(); // says what is wrong with the URL or the server
  const redis = new Redis(url, { maxRetriesPerRequest: null });
  redis.on("error", () => undefined); // it connects again by itself
  const queues = (await queueNames(redis)).map((name) => new Queue(name, { connection: redis }));
  const app = fastify({ forceCloseConnections: true });
  try {
    const serverAdapter = new FastifyAdapter();
    const adapters = queues.map((queue) => new BullMQAdapter(queue, { readOnlyMode: true }));
    createBullBoard({ queues: adapters, serverAdapter, options: { uiConfig: { boardTitle: "gmem-work" } } });
    app.addHook("onRequest", async ({ headers }, reply) => {
      const [name = ""] = (headers.host ?? "").split(":"); // another name is a page elsewhere that means this machine
      reply.header("content-security-policy", "default-src 'self' 'unsafe-inline' data:"); // nothing is asked of others
      if (!["127.0.0.1", "localhost"].includes(name)) await reply.code(403).send("board: only for this machine");
    });
    await app.register(serverAdapter.registerPlugin());
    const signal = stopOnInterrupt("the queue goes on without its pages");
    await app.listen({ host, port }).catch((cause: NodeJS.ErrnoException) => {
      const rule = "needs a free port, take another one with --port";
      throw new GMemError("CONFIG", `board: ${rule}, got ${port} (${cause.code})`, { cause });
    });
    const address = `http://${host}:${(app.server.address() as AddressInfo).port}`;
    say(json, { url: address, queues: queues.map(({ name }) => name) }, address);
    if (!signal.aborted) await once(signal, "abort");
  } finally {
    await app.close();
    for (const queue of queues) await queue.close();
    redis.disconnect();
  }
}

/** Queues of this code and of others: tasks that wait for a version that nobody runs are seen here. */
async function queueNames(redis: Redis): Promise<readonly string[]> {
  const names = new Set([`gmem-${codeVersion()}`]);
  for await (const keys of redis.scanStream({ match: "bull:gmem-*:meta", count: 1000 }) as AsyncIterable<string[]>)
    for (const key of keys) names.add(key.slice("bull:".length, -":meta".length));
  return [...names].sort();
}
