import { spawn } from "node:child_process";
import { delimiter, join } from "node:path";
import type { Check } from "./check.ts";

/** What a program printed and how it ended. */
export interface Finished {
  readonly code: number;
  readonly output: string;
}

/** Runs a program found in node_modules/.bin or on the PATH, without stdin, and collects what it prints. */
export function execute(
  program: string,
  args: readonly string[],
  options: { readonly cwd: string; readonly root?: string; readonly env?: NodeJS.ProcessEnv },
): Promise<Finished> {
  const bin = join(options.root ?? options.cwd, "node_modules", ".bin");
  const env = {
    ...process.env,
    ...options.env,
    PATH: `${bin}${delimiter}${process.env.PATH ?? ""}`,
    TURBO_TELEMETRY_DISABLED: "1",
  };
  return new Promise((resolve) => {
    const child = spawn(program, args, { cwd: options.cwd, env, stdio: ["ignore", "pipe", "pipe"] });
    const chunks: Buffer[] = [];
    child.stdout.on("data", (chunk: Buffer) => chunks.push(chunk));
    child.stderr.on("data", (chunk: Buffer) => chunks.push(chunk));
    child.on("error", (error) => resolve({ code: 127, output: `${program}: ${error.message}` }));
    child.on("close", (code) => resolve({ code: code ?? 1, output: Buffer.concat(chunks).toString("utf8") }));
  });
}

/** A step that is a program: it passes when the program exits with 0. */
export const command = (name: string, program: string, args: readonly string[]): Check => ({
  name,
  async run(root) {
    const { code, output } = await execute(program, args, { cwd: root, root });
    return code === 0 ? [] : [`${program} ${args.join(" ")} exited with ${code}\n${output.trimEnd()}`];
  },
});
