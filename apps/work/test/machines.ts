import { openStore } from "@gmem/jobs";
import type { Store } from "@gmem/spec";
import { type Moto, noMoto, startMoto } from "../../../packages/jobs/test/moto.ts";
import { noRedis, type RedisServer, startRedis } from "../../../packages/jobs/test/redis.ts";
import { begin, type Running } from "./work.ts";

/** Why many machines cannot be tried here; undefined where they can. */
export const noMachines: string | undefined = noRedis ?? noMoto;

/** A Redis that keeps what it is told, a bucket, and programs that know both. */
export interface Machines {
  readonly redis: RedisServer;
  readonly moto: Moto;
  readonly store: Store;
  /** The bucket as the command line names it, and who asks it. */
  readonly place: string;
  readonly env: Readonly<Record<string, string>>;
  /** `--queue` and `--store`. */
  readonly flags: readonly string[];
  /** Begins a command; what still runs in the end is killed. */
  begin(args: readonly string[]): Running;
  /** What all commands that were begun have said on stderr so far. */
  said(): string;
  stop(): Promise<void>;
}

export async function machines(): Promise<Machines> {
  const [redis, moto] = await Promise.all([startRedis({ keeps: true }), startMoto()]);
  const { bucket, ...access } = await moto.bucket();
  const place = `s3://${bucket}/work`;
  const { accessKeyId, secretAccessKey, endpoint = "" } = access;
  const env = { AWS_ACCESS_KEY_ID: accessKeyId, AWS_SECRET_ACCESS_KEY: secretAccessKey, AWS_ENDPOINT_URL: endpoint };
  const all: Running[] = [];
  return {
    redis,
    moto,
    store: openStore(place, access),
    place,
    env,
    flags: ["--queue", redis.url, "--store", place],
    begin(args) {
      const running = begin(args, { env });
      all.push(running);
      return running;
    },
    said: () => all.map((one) => one.said()).join(""),
    async stop() {
      for (const { child } of all) child.kill("SIGKILL");
      moto.stop();
      await redis.stop();
    },
  };
}
