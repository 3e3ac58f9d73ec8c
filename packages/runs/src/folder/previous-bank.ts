import { existsSync } from "node:fs";
import { copyFile, link, mkdir, open, readdir, readFile, rename, rm } from "node:fs/promises";
import { join } from "node:path";
import { GMemError } from "@gmem/tensor";
import { writeFileAtomic } from "@gmem/weights";
import type { BankFiles } from "./run-files.ts";

/** Where a bank that was replaced is kept, by its id, and the edits it had. */
const keptAs = ({ previousBanks }: BankFiles, id: string) => ({
  bank: join(previousBanks, `${id}.safetensors`),
  journal: join(previousBanks, `${id}.edits.jsonl`),
});

/** Keeps the bank file and the text of its journal under the bank's id, before another takes its place. */
export async function keepBank(files: BankFiles, id: string, journal: string): Promise<void> {
  const kept = keptAs(files, id);
  await mkdir(files.previousBanks, { recursive: true });
  await rm(kept.bank, { force: true }); // of an attempt that was cut off
  await sameFile(files.bank, kept.bank);
  await writeFileAtomic(kept.journal, journal);
  if (journal === "") await rm(files.journal, { force: true }); // at most that of a bank before, which the next cannot know
}

/**
 * Puts a bank that was kept back in its place, with the edits it had. They go first: beside the bank that is still there they
 * are over, and count when their own bank is back.
 * @throws {GMemError} code `BANK` if the file is not there any more.
 */
export async function restoreBank(files: BankFiles, id: string): Promise<void> {
  const kept = keptAs(files, id);
  if (!existsSync(kept.bank))
    throw new GMemError("BANK", `${kept.bank}: the bank as it was must be there to be brought back, got no such file`);
  if (existsSync(kept.journal)) await writeFileAtomic(files.journal, await readFile(kept.journal));
  await rename(kept.bank, files.bank);
  await rm(kept.journal, { force: true });
}

/** Removes edits whose bank was put back by a process that was ended right after that. */
export async function removeLeftEdits({ previousBanks }: BankFiles): Promise<void> {
  for (const name of await readdir(previousBanks).catch(() => [])) {
    const isLeft =
      name.endsWith(".edits.jsonl") && !existsSync(join(previousBanks, name.replace("edits.jsonl", "safetensors")));
    if (isLeft) await rm(join(previousBanks, name), { force: true });
  }
}

/** A second name of a file, which takes no room; a copy where a file cannot have two. */
async function sameFile(from: string, to: string): Promise<void> {
  try {
    await link(from, to);
  } catch (error) {
    const { code = "" } = error as NodeJS.ErrnoException;
    if (!["EPERM", "EMLINK", "ENOTSUP", "ENOSYS", "EOPNOTSUPP"].includes(code)) throw error;
    await copyFile(from, to);
    const copy = await open(to, "r+");
    await copy.sync().finally(() => copy.close());
  }
}
