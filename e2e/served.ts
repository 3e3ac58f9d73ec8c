import { type ChildProcess, spawn } from "node:child_process";
import { join } from "node:path";
import { root } from "./repository.ts";

/** A server that is running. */
export interface Served {
  readonly url: string;
  readonly child: ChildProcess;
  /** SIGTERM, and its end. @returns the exit code. */
  close(): Promise<number | null>;
}

export interface ServedOptions {
  /** Default: the model that ships, at 8 slots. */
  readonly args?: readonly string[];
  readonly env?: NodeJS.ProcessEnv;
  /** Of Node. */
  readonly node?: readonly string[];
}

/** `gmem-serve` in a folder on a free port. */
export async function served(folder: string, options: ServedOptions = {}): Promise<Served> {
  const { args = ["--slots", "8"], env = process.env, node = [] } = options;
  const cli = join(root, "apps/serve/dist/cli.js");
  const child = spawn(process.execPath, [...node, cli, "--port", "0", ...args], {
    cwd: folder,
    env,
    stdio: ["ignore", "pipe", "pipe"],
  });
  return { url: await addressOf(child), child, close: () => ended(child) };
}

/** The address is the first line on stdout. */
async function addressOf(child: ChildProcess): Promise<string> {
  let said = "";
  child.stderr?.setEncoding("utf8").on("data", (text: string) => {
    said += text;
  });
  return new Promise((resolve, reject) => {
    child.stdout?.setEncoding("utf8").once("data", (text: string) => resolve(text.trim().replace(/\/$/, "")));
    child.once("exit", (code) => reject(new Error(`gmem-serve ended with ${code}\n${said}`)));
  });
}

async function ended(child: ChildProcess): Promise<number | null> {
  if (child.exitCode !== null || child.signalCode !== null) return child.exitCode;
  const end = new Promise<number | null>((resolve) => child.once("exit", resolve));
  child.kill("SIGTERM");
  return end;
}
