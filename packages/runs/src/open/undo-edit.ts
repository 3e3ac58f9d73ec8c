import { restoreBank } from "../folder/previous-bank.ts";
import { editBank } from "./edit-bank.ts";
import { openUnlocked } from "./open-memory.ts";

/** A bank after an edit was taken back. */
export interface Undone {
  readonly size: number;
  /** Edits of its journal that are in force. */
  readonly edits: number;
  /** Whether the whole bank came back, as it was before it was compressed or reduced. */
  readonly isRestored: boolean;
}

/**
 * Takes the last change of a bank back: an edit, or where none is left, a compression or reduction, with the edits that were
 * there before it; again and again, to the bank that was built.
 * @throws {GMemError} code `BANK` when there is nothing to take back, `LOCKED` while another process writes there.
 * @example
 * // no-run
 * const { size } = await undoEdit("runs/mine");
 */
export async function undoEdit(folder: string): Promise<Undone> {
  return editBank(folder, async ({ journal, replaces, files }) => {
    if (journal.canUndo || replaces === undefined) {
      const { size } = await journal.undo();
      return { size, edits: journal.edits.length, isRestored: false };
    }
    await restoreBank(files, replaces);
    const before = await openUnlocked(files);
    const { size } = before.bank;
    await before.bank.close();
    return { size, edits: before.journal.edits.length, isRestored: true };
  });
}
