import { type ChildProcess, fork, spawn } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { root } from "../repository.ts";
import type { Fault } from "./fault.ts";

export interface Ended {
  /** null: killed. */
  readonly code: number | null;
  readonly output: string;
}

const dist = join(root, "e2e/dist/faults");
const cli = join(root, "apps/train/dist/cli.js");

/** Runs `gmem-train` in a folder, in a process of its own that a fault befalls, or the end after some milliseconds. */
export async function disturbed(
  args: readonly string[],
  cwd: string,
  fault: Fault | { readonly killAfter: number },
): Promise<Ended> {
  const preload = pathToFileURL(join(dist, "preload.js")).href;
  const killAfter = "killAfter" in fault ? { timeout: fault.killAfter, killSignal: "SIGKILL" as const } : {};
  const child = spawn(process.execPath, ["--import", preload, cli, ...args], {
    cwd,
    env: { ...process.env, GMEM_FAULT: JSON.stringify("killAfter" in fault ? null : fault) },
    stdio: ["ignore", "pipe", "pipe"],
    ...killAfter,
  });
  let output = "";
  for (const stream of [child.stdout, child.stderr])
    stream.on("data", (chunk) => {
      output += String(chunk);
    });
  const [code] = (await once(child, "close")) as [number | null];
  return { code, output };
}

/** Runs `gmem-train` in folder after folder, one command at a time. */
export interface Host {
  run(args: readonly string[], cwd: string): Promise<Ended>;
  close(): void;
}

/** Opens a process for commands that nothing befalls. */
export function openHost(): Host {
  const child: ChildProcess = fork(join(dist, "host.js"), [cli], { stdio: ["ignore", "ignore", "inherit", "ipc"] });
  const gone = once(child, "exit").then(([code]) => {
    throw new Error(`the process for undisturbed commands ended with ${code}`);
  });
  gone.catch(() => undefined); // told to whoever waits for an answer
  return {
    async run(args, cwd) {
      child.send({ cwd, args });
      const [ended] = (await Promise.race([once(child, "message"), gone])) as [Ended];
      return ended;
    },
    close: () => void child.kill("SIGKILL"), // commands have set what other signals do
  };
}

/** Runs commands in a folder, each of which must end with 0. @throws {Error} with what it said. */
export const succeeding =
  (host: Host, folder: string) =>
  async (args: readonly string[]): Promise<void> =>
    expectSuccess(await host.run(args, folder), args);

export function expectSuccess(
  { code, output }: { readonly code: number | null; readonly output: string },
  args: readonly string[],
) {
  if (code !== 0) throw new Error(`gmem-train ${args.join(" ")} ended with ${code}\n${output}`);
}
