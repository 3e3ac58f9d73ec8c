import { open, readFile } from "node:fs/promises";
import { GMemError } from "@gmem/tensor";
import { writeFileAtomic } from "@gmem/weights";
import type { Bank } from "./bank.ts";
import { BankError } from "./bank-error.ts";
import { applyEdit, type Edit, entryFromLine, entryToLine, type JournalEntry } from "./edit.ts";

/** A bank that is being edited: each change is one line on disk before it counts, and can be taken back. */
export interface Journal {
  /** The bank as it is now; earlier values stay valid. */
  readonly bank: Bank;
  /** The edits that are in force. */
  readonly edits: readonly Edit[];
  readonly canUndo: boolean;
  readonly canRedo: boolean;
  /** @throws {ShapeError | BankError} as the edit's own function; nothing is written then. */
  apply(edit: Edit): Promise<Bank>;
  /** @throws {BankError} code `BANK` when there is nothing to undo. */
  undo(): Promise<Bank>;
  /** @throws {BankError} code `BANK` when there is nothing to redo. */
  redo(): Promise<Bank>;
}

interface History {
  readonly base: Bank;
  readonly done: { readonly edit: Edit; readonly bank: Bank }[];
  readonly undone: Edit[];
}

/**
 * Opens the journal of a bank, an append-only file of JSON lines (normally beside the bank, `bank.edits.jsonl`), and plays
 * it back. A last line that was cut off by a crash is dropped. Changes are made one after the other.
 * @throws {BankError} code `FORMAT` for a line that is no edit; `BANK` for one that this bank cannot follow.
 * @example
 * const journal = await openJournal(build(key(0).normal([10, 4])), "bank.edits.jsonl");
 * await journal.apply({ kind: "interpolate", first: 0, second: 1, weightOfSecond: 0.5 });
 * await journal.undo();
 * journal.bank.size; // 10
 */
export async function openJournal(bank: Bank, path: string): Promise<Journal> {
  const history: History = { base: bank, done: [], undone: [] };
  for (const [number, line] of (await wholeLines(path)).entries()) {
    const where = `${path}:${number + 1}`;
    try {
      await step(history, entryFromLine(line, where));
    } catch (cause) {
      if (cause instanceof BankError && cause.code === "FORMAT") throw cause;
      const got = cause instanceof GMemError ? cause.message : String(cause);
      throw new BankError(where, "must fit the bank it is applied to; is this the journal of another bank?", got);
    }
  }
  let queue: Promise<unknown> = Promise.resolve();
  const write = (entry: JournalEntry): Promise<Bank> => {
    const next = queue.then(async () => {
      const commit = await prepare(history, entry);
      const file = await open(path, "a");
      try {
        await file.appendFile(`${entryToLine(entry)}\n`);
        await file.sync();
      } finally {
        await file.close();
      }
      commit();
      return current(history);
    });
    queue = next.catch(() => undefined); // the caller of `next` gets the error; the next edit starts afresh
    return next;
  };
  return {
    get bank() {
      return current(history);
    },
    get edits() {
      return history.done.map(({ edit }) => edit);
    },
    get canUndo() {
      return history.done.length > 0;
    },
    get canRedo() {
      return history.undone.length > 0;
    },
    apply: (edit) => write({ do: edit }),
    undo: () => write("undo"),
    redo: () => write("redo"),
  };
}

const current = ({ base, done }: History): Bank => done.at(-1)?.bank ?? base;

const step = async (history: History, entry: JournalEntry): Promise<void> => (await prepare(history, entry))();

/** Checks an entry and does its work; the returned function makes it count. */
async function prepare(history: History, entry: JournalEntry): Promise<() => void> {
  const { done, undone } = history;
  if (entry === "undo") {
    const last = done.at(-1);
    if (!last) throw new BankError("journal", "undo needs an edit", "none left");
    return () => {
      done.pop();
      undone.push(last.edit);
    };
  }
  const edit = entry === "redo" ? undone.at(-1) : entry.do;
  if (!edit) throw new BankError("journal", "redo needs an undone edit", "none");
  const bank = await applyEdit(current(history), edit);
  return () => {
    if (entry === "redo") undone.pop();
    else undone.length = 0;
    done.push({ edit, bank });
  };
}

/** The complete lines of a file; a torn last one is removed from it. */
async function wholeLines(path: string): Promise<readonly string[]> {
  let text: string;
  try {
    text = await readFile(path, "utf8");
  } catch (cause) {
    if (cause instanceof Error && "code" in cause && cause.code === "ENOENT") return [];
    throw new BankError(path, "the journal must be readable", String(cause));
  }
  const end = text.lastIndexOf("\n") + 1;
  if (end < text.length) await writeFileAtomic(path, text.slice(0, end));
  return text.slice(0, end).split("\n").slice(0, -1);
}
