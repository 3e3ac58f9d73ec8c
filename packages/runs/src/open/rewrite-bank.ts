import { rename, rm } from "node:fs/promises";
import { type Bank, saveBank } from "@gmem/memory-bank";
import { bankFiles } from "../folder/run-files.ts";
import { openMemory } from "./open-memory.ts";

/** A bank in place of another, and what happened in a line. */
export interface Rewritten {
  readonly bank: Bank;
  readonly note: string;
}

/** Replaces a bank and its edits by a new file; the old one stays beside it. @returns its size, the note, and where the old one is. */
export async function rewriteBank(
  folder: string,
  change: (bank: Bank) => Promise<Rewritten>,
): Promise<{ readonly size: number; readonly note: string; readonly previous: string }> {
  const files = bankFiles(folder);
  const { bank } = await openMemory(files);
  const draft = `${files.bank}.new`;
  try {
    const { bank: changed, note } = await change(bank);
    await saveBank(bank, files.previousBank);
    await saveBank(changed, draft);
    await rename(draft, files.bank);
    await rm(files.journal, { force: true }); // its edits are part of the new file
    return { size: changed.size, note, previous: files.previousBank };
  } finally {
    await bank.close();
  }
}
