import { spawn } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";
import type { Finished } from "./work.ts";

/** A built program of ours, such as `evaluate`, run to its end. */
export async function finishProgram(program: "evaluate" | "train", args: readonly string[]): Promise<Finished> {
  const cli = fileURLToPath(new URL(`../../${program}/dist/cli.js`, import.meta.url));
  const child = spawn(process.execPath, [cli, ...args], { stdio: ["ignore", "pipe", "pipe"] });
  const heard = { stdout: "", stderr: "" };
  for (const name of ["stdout", "stderr"] as const)
    child[name].setEncoding("utf8").on("data", (text: string) => {
      heard[name] += text;
    });
  const [status, signal] = (await once(child, "close")) as [number | null, string | null];
  return { status, signal, ...heard };
}
