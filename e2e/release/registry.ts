import { once } from "node:events";
import { mkdir } from "node:fs/promises";
import { Worker } from "node:worker_threads";
import { root, run } from "../repository.ts";
import type { RegistryData } from "./registry-worker.ts";

/** A registry of this machine that has our packages as they are published, and all others from the usual one. */
export interface Registry {
  readonly url: string;
  /** The lines of an .npmrc that make a project use it. */
  readonly npmrc: string;
  /** The same with the right to publish. */
  readonly publisher: string;
  close(): Promise<void>;
}

/** Opens it on a free port. It lives in a thread: it ends with this process, however that ends. */
export async function openRegistry(folder: string): Promise<Registry> {
  await mkdir(folder, { recursive: true });
  const given = Object.entries(process.env).filter(([name]) => /^npm_config_registry$/i.test(name));
  const upstream = run("npm", ["config", "get", "registry"], root, Object.fromEntries(given)).trim();
  const workerData: RegistryData = { folder, upstream };
  const worker = new Worker(new URL("./release/registry-worker.js", import.meta.url), { workerData, stdout: true });
  const [port] = (await once(worker, "message")) as [number];
  const host = `//127.0.0.1:${port}/`;
  const url = `http:${host}`;
  const npmrc = `registry=${url}\nfund=false\naudit=false\nupdate-notifier=false\n`;
  const close = async (): Promise<void> => void (await worker.terminate());
  try {
    return { url, npmrc, publisher: `registry=${url}\n${host}:_authToken=${await token(url)}\n`, close };
  } catch (error) {
    await close();
    throw error;
  }
}

/** A user of the registry, who may publish. */
async function token(url: string): Promise<string> {
  const name = "rehearsal";
  const response = await fetch(`${url}-/user/org.couchdb.user:${name}`, {
    method: "PUT",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({ name, password: `${name}-password` }),
  });
  const answer = (await response.json()) as { readonly token?: string };
  if (answer.token === undefined) throw new Error(`registry: gives a token to a new user, got ${response.status}`);
  return answer.token;
}
