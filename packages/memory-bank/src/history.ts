import type { Bank } from "./bank.ts";
import { BankError } from "./bank-error.ts";
import { applyEdit, type Edit, type JournalEntry } from "./edit.ts";

interface Done {
  readonly edit: Edit;
  /** The bank after it; of older edits it is made again where an undo asks for it. */
  bank: Bank | undefined;
}

/** The edits of a bank, done and undone. */
export interface History {
  readonly bank: Bank;
  readonly edits: readonly Edit[];
  readonly canUndo: boolean;
  readonly canRedo: boolean;
  /** Checks an entry and does its work; the returned function makes it count. @throws as the edit's own function */
  prepare(entry: JournalEntry): Promise<() => void>;
}

/** Banks that are kept: of the last edits, and of each of so many before them. A bank has labels of its own. */
const newest = 16;
const apart = 256;

/** A history without edits. */
export function historyOf(base: Bank): History {
  const done: Done[] = [];
  const undone: Edit[] = [];
  /** The bank after so many edits. */
  const bankAfter = async (count: number): Promise<Bank> => {
    const last = done[count - 1];
    if (!last) return base;
    if (last.bank) return last.bank;
    let from = count - 1;
    while (from > 0 && !done[from - 1]?.bank) from--;
    let bank = done[from - 1]?.bank ?? base;
    for (let i = from; i < count; i++) {
      const one = done[i] as Done;
      bank = await applyEdit(bank, one.edit);
      if (count - i <= newest) one.bank = bank; // further undos will ask for them
    }
    return bank;
  };
  const current = (): Bank => (done.length === 0 ? base : (done.at(-1)?.bank as Bank));
  return {
    get bank() {
      return current();
    },
    get edits() {
      return done.map(({ edit }) => edit);
    },
    get canUndo() {
      return done.length > 0;
    },
    get canRedo() {
      return undone.length > 0;
    },
    async prepare(entry) {
      if (entry === "undo") {
        const last = done.at(-1);
        if (!last) throw new BankError("journal", "undo needs an edit", "none left");
        await bankAfter(done.length - 1);
        return () => {
          done.pop();
          undone.push(last.edit);
        };
      }
      const edit = entry === "redo" ? undone.at(-1) : entry.do;
      if (!edit) throw new BankError("journal", "redo needs an undone edit", "none");
      const bank = await applyEdit(current(), edit);
      return () => {
        if (entry === "redo") undone.pop();
        else undone.length = 0;
        done.push({ edit, bank });
        const at = done.length - 1 - newest;
        const old = done[at];
        if (old && at % apart !== 0) old.bank = undefined;
      };
    },
  };
}
