import { spawnSync } from "node:child_process";
import { existsSync } from "node:fs";
import { dirname, join } from "node:path";
import type { TrainingStep } from "./plan.ts";

/** Runs a command of gmem-train, unless its result is there; one that was stopped goes on. */
export function trained(
  { command, result }: TrainingStep,
  { root, work }: { readonly root: string; readonly work: string },
): void {
  if (existsSync(join(work, result))) {
    console.log(`${result} is there`);
    return;
  }
  const folder = dirname(result);
  const begun = existsSync(join(work, folder, "checkpoints"));
  const args = begun ? [command[0], folder, "--resume"] : command;
  console.log(`gmem-train ${args.join(" ")}`);
  const cli = join(root, "apps/train/dist/cli.js");
  const { status } = spawnSync(process.execPath, [cli, ...args], { cwd: work, stdio: "inherit" });
  if (status !== 0) process.exit(status ?? 1);
}
