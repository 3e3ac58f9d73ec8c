import { existsSync } from "node:fs";
import { runFiles } from "@gmem/runs";
import { servedBank } from "../runs/served-bank.ts";
import type { NamedRun } from "../runs/served-names.ts";

/** Size and version of the bank of a run that is not open; undefined without a bank. */
export async function bankFacts({
  folder,
}: NamedRun): Promise<{ readonly size: number; readonly version: string } | undefined> {
  const files = runFiles(folder);
  if (!existsSync(files.bank)) return undefined;
  const bank = await servedBank(files);
  const { id, bank: now } = bank.now;
  await bank.close();
  return { size: now.size, version: id };
}
