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
  /** The same of stdout. */
  printed(): string;
  readonly finished: Promise<Finished>;
}

interface BeginOptions {
  readonly env?: Readonly<Record<string, string>>;
  /** The command line that it is started under, such as that of another host. */
  readonly within?: readonly string[];
}

export function begin(args: readonly string[], { env = {}, within = [] }: BeginOptions = {}): Running {
  const [program = "", ...rest] = [...within, process.execPath, cli, ...args];
  const child = spawn(program, rest, {
    env: { ...process.env, ...env },
    stdio: ["ignore", "pipe", "pipe"],
  });
  const heard = { stdout: "", stderr: "" };
  for (const name of ["stdout", "stderr"] as const)
    child[name]?.setEncoding("utf8").on("data", (text: string) => {
      heard[name] += text;
    });
  const finished = once(child, "close").then(([status, signal]) => ({ status, signal, ...heard }) as Finished);
  return { child, said: () => heard.stderr, printed: () => heard.stdout, finished };
}

export const work = (args: readonly string[], env: Readonly<Record<string, string>> = {}): Promise<Finished> =>
  begin(args, { env }).finished;
