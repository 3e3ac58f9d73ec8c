import { existsSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import type { BankFiles } from "./run-files.ts";

/** The folder whose lock a bank is under: the run's, where it is the bank of one. */
export function lockedFolder({ bank }: Pick<BankFiles, "bank">): string {
  const folder = dirname(bank);
  const run = dirname(folder);
  const isRun = basename(folder) === "bank" && ["config.json", "run.lock"].some((file) => existsSync(join(run, file)));
  return isRun ? run : folder;
}
