import { GMemError } from "@gmem/tensor";
import type { Bank } from "./bank.ts";
import { BankError } from "./bank-error.ts";
import { bankId } from "./bank-id.ts";
import { checkEdit, type Edit, entryFromLine, entryToLine, type JournalEntry } from "./edit.ts";
import { historyOf } from "./history.ts";
import { openJournalFile } from "./journal-file.ts";

/** A bank that is being edited: each change is one line on disk before it counts, and can be taken back. */
export interface Journal {
  /** The bank as it is now; earlier values stay valid. */
  readonly bank: Bank;
  /** The edits that are in force. */
  readonly edits: readonly Edit[];
  readonly canUndo: boolean;
  readonly canRedo: boolean;
  /** The file's lines, to be kept with the bank when another takes its place. */
  readonly text: string;
  /** What the bank without its edits is told from others by. */
  id(): Promise<string>;
  /**
   * @throws {ShapeError | BankError} as the edit's own function; nothing is written then.
   * @throws {BankError} code `BANK` if another process has changed the journal. @throws {WeightsError} code `DISK_FULL`
   */
  apply(edit: Edit): Promise<Bank>;
  /** @throws {BankError} code `BANK` when there is nothing to undo. */
  undo(): Promise<Bank>;
  /** @throws {BankError} code `BANK` when there is nothing to redo. */
  redo(): Promise<Bank>;
}

export interface JournalOptions {
  /** The bank that this one replaced, as its file says (`openBankFile`): the edits of that one are part of it. */
  readonly replaces?: string | undefined;
}

/**
 * Opens the journal of a bank, a file of JSON lines (normally beside the bank, `bank.edits.jsonl`), and plays it back. Each
 * change is one line, written whole or not at all, one after the other; half a line, as a crash may leave it, does not count.
 * @throws {BankError} code `FORMAT` for a line that is no edit; `BANK` for one that this bank cannot follow, and for the
 * journal of another bank.
 * @example
 * const journal = await openJournal(build(key(0).normal([10, 4])), "bank.edits.jsonl");
 * await journal.apply({ kind: "interpolate", first: 0, second: 1, weightOfSecond: 0.5 });
 * await journal.undo();
 * journal.bank.size; // 10
 */
export async function openJournal(bank: Bank, path: string, { replaces }: JournalOptions = {}): Promise<Journal> {
  const history = historyOf(bank);
  let known: Promise<string> | undefined;
  const id = (): Promise<string> => {
    known ??= bankId(bank, replaces);
    return known;
  };
  const file = await openJournalFile(path, { id, replaces });
  for (const { text, number } of file.lines) {
    const where = `${path}:${number}`;
    try {
      (await history.prepare(entryFromLine(text, where)))();
    } catch (cause) {
      if (cause instanceof BankError && cause.code === "FORMAT") throw cause;
      const got = cause instanceof GMemError ? cause.message : String(cause);
      throw new BankError(where, "must fit the bank it is applied to; is this the journal of another bank?", got);
    }
  }
  let queue: Promise<unknown> = Promise.resolve();
  const write = (entry: JournalEntry): Promise<Bank> => {
    const next = queue.then(async () => {
      if (typeof entry === "object") checkEdit(entry.do);
      const commit = await history.prepare(entry);
      await file.append(entryToLine(entry));
      commit();
      return history.bank;
    });
    queue = next.catch(() => undefined); // the caller of `next` gets the error; the next edit starts afresh
    return next;
  };
  return {
    get bank() {
      return history.bank;
    },
    get edits() {
      return history.edits;
    },
    get canUndo() {
      return history.canUndo;
    },
    get canRedo() {
      return history.canRedo;
    },
    get text() {
      return file.text;
    },
    id,
    apply: (edit) => write({ do: edit }),
    undo: () => write("undo"),
    redo: () => write("redo"),
  };
}
