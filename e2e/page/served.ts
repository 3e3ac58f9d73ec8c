import { type ChildProcess, spawn } from "node:child_process";
import { join } from "node:path";
import { root } from "../repository.ts";

/** A server that is running. */
export interface Served {
  readonly url: string;
  close(): Promise<void>;
}

/** `gmem-serve` in a folder, with the model that ships, on a free port. */
export async function served(folder: string): Promise<Served> {
  const cli = join(root, "apps/serve/dist/cli.js");
  const child = spawn(process.execPath, [cli, "--port", "0", "--slots", "8"], {
    cwd: folder,
    stdio: ["ignore", "pipe", "pipe"],
  });
  return { url: await addressOf(child), close: () => ended(child) };
}

/** The address is the first line on stdout. */
async function addressOf(child: ChildProcess): Promise<string> {
  let said = "";
  child.stderr?.setEncoding("utf8").on("data", (text: string) => {
    said += text;
  });
  return new Promise((resolve, reject) => {
    child.stdout?.setEncoding("utf8").once("data", (text: string) => resolve(text.trim()));
    child.once("exit", (code) => reject(new Error(`gmem-serve ended with ${code}\n${said}`)));
  });
}

async function ended(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null) return;
  const end = new Promise((resolve) => child.once("exit", resolve));
  child.kill("SIGTERM");
  await end;
}
