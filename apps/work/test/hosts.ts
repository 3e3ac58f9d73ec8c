import { spawnSync } from "node:child_process";
import { openStore } from "@gmem/jobs";
import type { Store } from "@gmem/spec";
import { startMoto } from "../../../packages/jobs/test/moto.ts";
import { startRedis } from "../../../packages/jobs/test/redis.ts";
import { lineTo } from "./line.ts";
import { begin, type Running } from "./work.ts";

/** Three hosts: one with Redis, from which work is submitted, one with the store, and one far away. */
export interface Hosts {
  /** How they are apart. */
  readonly how: string;
  readonly store: Store;
  /** Begins a command on the first or the last of them, with `--queue` and `--store`. */
  begin(host: "near" | "far", args: readonly string[]): Running;
  /** Cuts the line from the far host to Redis or to the store, or mends it. */
  cut(line: "redis" | "store"): void;
  mend(line: "redis" | "store"): void;
  stop(): Promise<void>;
}

const ip = (...args: readonly string[]): void => {
  const { status, stderr } = spawnSync("ip", args, { encoding: "utf8" });
  if (status !== 0) throw new Error(`ip ${args.join(" ")}: ${stderr}`);
};

/** Hosts in network namespaces with a line between each two, or, where that is refused, behind lines that a program cuts. */
export async function hosts(): Promise<Hosts> {
  const names = { redis: `gmem-${process.pid}-1`, store: `gmem-${process.pid}-2`, far: `gmem-${process.pid}-3` };
  const lines = [
    { name: "a", from: "redis", to: "store", net: "10.213.12" },
    { name: "b", from: "redis", to: "far", net: "10.213.13" },
    { name: "c", from: "store", to: "far", net: "10.213.23" },
    { name: "d", from: "redis", to: undefined, net: "10.213.1" }, // this process looks on
    { name: "e", from: "store", to: undefined, net: "10.213.2" },
  ] as const;
  const remove = (): void => {
    for (const name of Object.values(names)) spawnSync("ip", ["netns", "del", name]);
  };
  const end = (line: string, side: 1 | 2): string => `g${process.pid}${line}${side}`;
  try {
    for (const name of Object.values(names)) {
      ip("netns", "add", name);
      ip("-n", name, "link", "set", "lo", "up");
    }
    for (const { name, from, to, net } of lines) {
      ip("link", "add", end(name, 1), "type", "veth", "peer", "name", end(name, 2));
      for (const [side, host] of [
        [1, from],
        [2, to],
      ] as const) {
        const within = host === undefined ? [] : ["-n", names[host]];
        if (host !== undefined) ip("link", "set", end(name, side), "netns", names[host]);
        ip(...within, "addr", "add", `${net}.${side}/24`, "dev", end(name, side));
        ip(...within, "link", "set", end(name, side), "up");
      }
    }
  } catch (error) {
    remove();
    return behindLines(`a TCP proxy that cuts, for namespaces are refused: ${(error as Error).message.trim()}`);
  }
  const within = (host: keyof typeof names): string[] => ["ip", "netns", "exec", names[host]];
  const [redis, moto] = await Promise.all([
    startRedis({ host: "10.213.1.1", within: within("redis") }),
    startMoto({ host: "10.213.2.1", within: within("store") }),
  ]);
  const set = (line: "redis" | "store", state: "up" | "down"): void =>
    ip("-n", names[line], "link", "set", end(line === "redis" ? "b" : "c", 1), state);
  const { bucket, ...access } = await moto.bucket();
  const at = { near: ["10.213.1.1", "10.213.12.2"], far: ["10.213.13.1", "10.213.23.1"] } as const;
  const all: Running[] = [];
  return {
    how: "network namespaces",
    store: openStore(`s3://${bucket}/work`, access),
    begin(host, args) {
      const [queueHost, storeHost] = at[host];
      const places = ["--queue", redis.url.replace("10.213.1.1", queueHost), "--store", `s3://${bucket}/work`];
      const env = {
        AWS_ACCESS_KEY_ID: access.accessKeyId,
        AWS_SECRET_ACCESS_KEY: access.secretAccessKey,
        AWS_ENDPOINT_URL: `http://${storeHost}:${moto.port}`,
      };
      const running = begin([...args, ...places], {
        env,
        within: within(host === "near" ? "redis" : "far"),
      });
      all.push(running);
      return running;
    },
    cut: (line) => set(line, "down"),
    mend: (line) => set(line, "up"),
    async stop() {
      for (const { child } of all) child.kill("SIGKILL");
      moto.stop();
      await redis.stop();
      remove();
    },
  };
}

async function behindLines(how: string): Promise<Hosts> {
  const [redis, moto] = await Promise.all([startRedis(), startMoto()]);
  const { bucket, ...access } = await moto.bucket();
  const lines = { redis: await lineTo(Number(new URL(redis.url).port)), store: await lineTo(moto.port) };
  const at = { near: [new URL(redis.url).port, moto.port], far: [lines.redis.port, lines.store.port] } as const;
  const all: Running[] = [];
  return {
    how,
    store: openStore(`s3://${bucket}/work`, access),
    begin(host, args) {
      const [queuePort, storePort] = at[host];
      const env = {
        AWS_ACCESS_KEY_ID: access.accessKeyId,
        AWS_SECRET_ACCESS_KEY: access.secretAccessKey,
        AWS_ENDPOINT_URL: `http://127.0.0.1:${storePort}`,
      };
      const running = begin([...args, "--queue", `redis://127.0.0.1:${queuePort}`, "--store", `s3://${bucket}/work`], {
        env,
      });
      all.push(running);
      return running;
    },
    cut: (line) => lines[line].cut(),
    mend: (line) => lines[line].mend(),
    async stop() {
      for (const { child } of all) child.kill("SIGKILL");
      for (const line of Object.values(lines)) line.close();
      moto.stop();
      await redis.stop();
    },
  };
}
