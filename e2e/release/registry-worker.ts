import { join } from "node:path";
import { parentPort, workerData } from "node:worker_threads";
import { runServer } from "verdaccio";

/** What the worker is given. */
export interface RegistryData {
  /** Folder for packages and users. */
  readonly folder: string;
  /** Where packages come from that are not ours. */
  readonly upstream: string;
}

const { folder, upstream } = workerData as RegistryData;
const ours = { access: "$all", publish: "$authenticated" }; // never asked for upstream
const server = await runServer({
  configPath: join(folder, "config.yaml"),
  storage: join(folder, "storage"),
  security: { api: { jwt: { sign: { expiresIn: "1h" } } } }, // without it each request costs a password hash
  auth: { htpasswd: { file: join(folder, "users") } },
  uplinks: { upstream: { url: upstream, maxage: "10m", timeout: "60s" } },
  packages: { "@gmem/*": ours, gmem: ours, "**": { access: "$all", proxy: "upstream" } },
  max_body_size: "100mb",
  log: { type: "stdout", format: "json", level: "fatal" },
  web: { enable: false },
} as never);
server.listen(0, "127.0.0.1", () => parentPort?.postMessage(server.address().port));
