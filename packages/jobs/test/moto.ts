import { spawn } from "node:child_process";
import { existsSync } from "node:fs";
import { homedir } from "node:os";
import { join } from "node:path";
import type { S3Options } from "../src/store/s3-requests.ts";
import { freePort } from "./free-port.ts";
import { until } from "./until.ts";

/** Where `node scripts/test-services.mjs` puts moto. */
const server = join(process.env.XDG_CACHE_HOME ?? join(homedir(), ".cache"), "gmem", "moto", "bin", "moto_server");

/** Why nothing can be tried against an S3 server here; undefined where it can. */
export const noMoto: string | undefined = existsSync(server)
  ? undefined
  : "moto's S3 server is not there; `node scripts/test-services.mjs` installs it";

export interface Moto {
  /** A bucket of its own each time. */
  bucket(): Promise<S3Options>;
  /** It takes connections and answers nothing, until it is resumed. */
  pause(): void;
  resume(): void;
  stop(): void;
}

interface MotoOptions {
  /** The address at which this process reaches it. */
  readonly host?: string;
  /** The command line that it is started under, such as that of another host. */
  readonly within?: readonly string[];
}

/** An S3 server in a process of its own. */
export async function startMoto({
  host = "127.0.0.1",
  within = [],
}: MotoOptions = {}): Promise<Moto & { readonly port: number }> {
  const port = await freePort();
  const bound = within.length > 0 ? "0.0.0.0" : host;
  const [program = "", ...args] = [...within, server, "-H", bound, "-p", `${port}`];
  const child = spawn(program, args, { stdio: "ignore" });
  const endpoint = `http://${host}:${port}`;
  await until(() =>
    fetch(endpoint)
      .then((answer) => answer.ok)
      .catch(() => false),
  );
  let buckets = 0;
  return {
    port,
    async bucket() {
      const bucket = `bucket-${buckets++}`;
      await fetch(`${endpoint}/${bucket}`, { method: "PUT" });
      return { bucket, endpoint, accessKeyId: "id", secretAccessKey: "secret" };
    },
    pause: () => void child.kill("SIGSTOP"),
    resume: () => void child.kill("SIGCONT"),
    stop: () => void child.kill("SIGKILL"),
  };
}
