import { type Bank, saveBank } from "@gmem/memory-bank";
import { keepBank } from "../folder/previous-bank.ts";
import { editBank } from "./edit-bank.ts";

/** A bank in place of another, and what happened in a line. */
export interface Rewritten {
  readonly bank: Bank;
  readonly note: string;
}

/**
 * Replaces a bank and its edits by a new file, which takes its place in one step; the old one is kept and comes back by
 * {@link undoEdit}. @returns its size and the note.
 * @throws {GMemError} code `LOCKED` while another process writes there.
 */
export async function rewriteBank(
  folder: string,
  change: (bank: Bank) => Promise<Rewritten>,
): Promise<{ readonly size: number; readonly note: string }> {
  return editBank(folder, async ({ bank, journal, files }) => {
    const { bank: changed, note } = await change(bank);
    const replaces = await journal.id();
    await keepBank(files, replaces, journal.text);
    await saveBank(changed, files.bank, { replaces }); // the journal beside it is of the bank that it replaces: over
    return { size: changed.size, note };
  });
}
