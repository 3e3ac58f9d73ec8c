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

/** A Redis of its own; `keeps` what it was told across restarts, or forgets everything. */
export async function startRedis({ keeps = false }: { readonly keeps?: boolean } = {}): Promise<RedisServer> {
  const port = await freePort();
  const folder = mkdtempSync(join(tmpdir(), "gmem-redis-"));
  const settings = ["--port", `${port}`, "--bind", "127.0.0.1", "--dir", folder, "--save", ""];
  const start = async () => {
    const child = spawn(
      "redis-server",
      [...settings, "--appendonly", keeps ? "yes" : "no", "--appendfsync", "always"],
      { stdio: "ignore" },
    );
    await until(() => isListening(port));
    return child;
  };
  let child = await start();
  const end = async (): Promise<void> => {
    const ended = once(child, "exit");
    child.kill("SIGKILL");
    await ended;
  };
  return {
    url: `redis://127.0.0.1:${port}`,
    async restart({ forgets = false } = {}) {
      await end();
      if (forgets) rmSync(join(folder, "appendonlydir"), { recursive: true, force: true });
      child = await start();
    },
    stop: end,
  };
}

const isListening = (port: number): Promise<boolean> =>
  new Promise((resolve) => {
    const socket = connect(port, "127.0.0.1");
    const done = (found: boolean): void => {
      socket.destroy();
      resolve(found);
    };
    socket.on("connect", () => done(true)).on("error", () => done(false));
  });
