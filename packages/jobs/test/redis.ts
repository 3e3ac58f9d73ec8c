import { spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { connect } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { freePort } from "./free-port.ts";
import { until } from "./until.ts";

/** Why nothing can be tried against Redis here; undefined where it can. */
export const noRedis: string | undefined =
  spawnSync("redis-server", ["--version"]).status === 0
    ? undefined
    : "redis-server is not there; `node scripts/test-services.mjs` installs it";

export interface RedisServer {
  readonly url: string;
  /** Ends it as a power cut does, and starts it again on the same port; `forgets` takes away what it has kept. */
  restart(how?: { readonly forgets?: boolean }): Promise<void>;
  stop(): Promise<void>;
}

interface RedisOptions {
  readonly keeps?: boolean;
  /** The address at which this process reaches it. */
  readonly host?: string;
  /** The command line that it is started under, such as that of another host. */
  readonly within?: readonly string[];
}

/** A Redis of its own; `keeps` what it was told across restarts, or forgets everything. */
export async function startRedis({
  keeps = false,
  host = "127.0.0.1",
  within = [],
}: RedisOptions = {}): Promise<RedisServer> {
  const port = await freePort();
  const folder = mkdtempSync(join(tmpdir(), "gmem-redis-"));
  const settings = [
    "--port",
    `${port}`,
    "--bind",
    within.length > 0 ? "0.0.0.0" : host,
    "--protected-mode",
    "no",
    "--dir",
    folder,
    "--save",
    "",
  ];
  const start = async () => {
    const [program = "", ...args] = [...within, "redis-server", ...settings];
    const child = spawn(program, [...args, "--appendonly", keeps ? "yes" : "no", "--appendfsync", "always"], {
      stdio: "ignore",
    });
    await until(() => isListening(port, host));
    return child;
  };
  let child = await start();
  const end = async (): Promise<void> => {
    const ended = once(child, "exit");
    child.kill("SIGKILL");
    await ended;
  };
  return {
    url: `redis://${host}:${port}`,
    async restart({ forgets = false } = {}) {
      await end();
      if (forgets) rmSync(join(folder, "appendonlydir"), { recursive: true, force: true });
      child = await start();
    },
    stop: end,
  };
}

const isListening = (port: number, host: string): Promise<boolean> =>
  new Promise((resolve) => {
    const socket = connect(port, host);
    const done = (found: boolean): void => {
      socket.destroy();
      resolve(found);
    };
    socket.on("connect", () => done(true)).on("error", () => done(false));
  });
