import { createRequire } from "node:module";
import { GMemError } from "@gmem/tensor";
import type { Redis, RedisOptions } from "ioredis";

/** A Redis that answers, and how messages call it. */
export interface RedisAt {
  /** Without what the URL says of users and passwords. */
  readonly name: string;
  readonly redis: Redis;
  /** Another connection to it. */
  connect(): Redis;
}

/**
 * Connects to a Redis; lost connections are made again.
 * @throws {GMemError} code `CONFIG` for packages that are not installed or a URL that is none, `QUEUE` if no server answers.
 */
export async function redisAt(url: string, options: RedisOptions = {}): Promise<RedisAt> {
  if (!(URL.canParse(url) && /^rediss?:/.test(url)))
    throw new GMemError("CONFIG", "queue: a URL such as redis://host:6379 names it, got none");
  const { Redis: Client } = await installed<typeof import("ioredis")>("ioredis");
  const place = new URL(url);
  const name = `redis:${place.host}${place.pathname === "/" ? "" : place.pathname}`;
  const connect = (): Redis => {
    const connection = new Client(url, {
      maxRetriesPerRequest: null,
      lazyConnect: true,
      retryStrategy: (n) => Math.min(n * 100, 2000),
      ...options,
    });
    connection.on("error", () => undefined); // it connects again by itself, and what waits goes on
    return connection;
  };
  const redis = connect();
  await answering(redis, name);
  return { name, redis, connect };
}

/** @throws {GMemError} code `CONFIG` saying what to install. */
export async function installed<Module>(name: "bullmq" | "ioredis"): Promise<Module> {
  try {
    return createRequire(import.meta.url)(name) as Module; // 100 ms less than import(), which looks for names in their text
  } catch (cause) {
    const message =
      "queue: redis:// needs bullmq and ioredis, which are not installed; run `npm install bullmq@6 ioredis@5`";
    throw new GMemError("CONFIG", message, { cause });
  }
}

/** @throws {GMemError} code `QUEUE` if nothing answers within five seconds. */
async function answering(redis: Redis, name: string): Promise<void> {
  let last = "no answer within 5 s";
  redis.on("error", (error: Error) => {
    last = error.message.replace(/redis(s?):\/\/\S+/g, "redis$1://…");
  });
  const refused = (what: string, options?: ErrorOptions): GMemError =>
    new GMemError("QUEUE", `${name}: must answer, got ${what}`, options);
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    const refuse = (): void => reject(refused(`${last}; start Redis there, or check host, port and password`));
    timer = setTimeout(refuse, 5000);
  });
  try {
    await Promise.race([redis.ping(), late]);
  } catch (error) {
    redis.disconnect();
    throw error instanceof GMemError
      ? error
      : refused(`${(error as Error).message}; check the password`, { cause: error });
  } finally {
    clearTimeout(timer);
  }
}
