import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";

const cli = fileURLToPath(new URL("../dist/cli.js", import.meta.url));

export interface Finished {
  readonly status: number | null;
  readonly signal: string | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** The built program in a process of its own. */
export interface Running {
  readonly child: ChildProcess;
  /** What it has said on stderr so far. */
  said(): string;
  readonly finished: Promise<Finished>;
}

export function begin(args: readonly string[], env: Readonly<Record<string, string>> = {}): Running {
  const child = spawn(process.execPath, [cli, ...args], {
    env: { ...process.env, ...env },
    stdio: ["ignore", "pipe", "pipe"],
  });
  const heard = { stdout: "", stderr: "" };
  for (const name of ["stdout", "stderr"] as const)
    child[name]?.setEncoding("utf8").on("data", (text: string) => {
      heard[name] += text;
    });
  const finished = once(child, "close").then(([status, signal]) => ({ status, signal, ...heard }) as Finished);
  return { child, said: () => heard.stderr, finished };
}

export const work = (args: readonly string[], env?: Readonly<Record<string, string>>): Promise<Finished> =>
  begin(args, env).finished;
