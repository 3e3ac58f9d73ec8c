import { lockRun } from "@gmem/trainer";
import { lockedFolder } from "../folder/locked-folder.ts";
import { removeLeftEdits } from "../folder/previous-bank.ts";
import { type BankFiles, bankFiles } from "../folder/run-files.ts";
import { type OpenMemory, openUnlocked } from "./open-memory.ts";

/** A bank that nobody else writes to. */
export interface EditableMemory extends OpenMemory {
  readonly files: BankFiles;
}

/**
 * Changes the bank of a run or bank folder. The folder is locked for this process, and the bank opened after that: no edit
 * of somebody else is missed, none is lost.
 * @throws {GMemError} code `LOCKED` if a run or another edit is writing there, `CONFIG` if there is no bank.
 * @example
 * // no-run
 * await editBank("runs/mine", ({ journal }) => journal.apply({ kind: "remove", rows: [3] }));
 */
export async function editBank<T>(folder: string, edit: (memory: EditableMemory) => Promise<T>): Promise<T> {
  const files = bankFiles(folder);
  const lock = await lockRun(lockedFolder(files));
  try {
    await removeLeftEdits(files);
    const memory = await openUnlocked(files);
    try {
      return await edit({ ...memory, files });
    } finally {
      await memory.bank.close();
    }
  } finally {
    await lock.release();
  }
}
