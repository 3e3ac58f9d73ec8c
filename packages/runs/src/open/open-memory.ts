import { existsSync } from "node:fs";
import { stat } from "node:fs/promises";
import { type Bank, bankId, type Journal, openBankFile, openJournal } from "@gmem/memory-bank";
import { GMemError, isGMemError } from "@gmem/tensor";
import { lockRun } from "@gmem/trainer";
import { lockedFolder } from "../folder/locked-folder.ts";
import type { BankFiles, RunFiles } from "../folder/run-files.ts";
import { modelHeader } from "./read-parameters.ts";

/** A bank with its journal of edits. */
export interface OpenMemory {
  /** With the edits that the journal held when it was opened. */
  readonly bank: Bank;
  /** Each change locks the folder while it is written. */
  readonly journal: Journal;
  /** The bank that this one replaced, where it was compressed or reduced. */
  readonly replaces?: string | undefined;
}

type Files = Pick<BankFiles, "bank" | "journal">;

/** The bank of a run or bank folder, with its edits. */
export async function openMemory(files: Files): Promise<OpenMemory> {
  const memory = await openUnlocked(files);
  return { ...memory, journal: lockedJournal(memory.journal, files) };
}

/** {@link openMemory} for a process that has the folder's lock, or writes nothing. */
export async function openUnlocked(files: Files): Promise<OpenMemory> {
  for (let attempt = 0; ; attempt++) {
    const before = await inode(files.bank);
    const { bank: stored, replaces } = await openBankFile(files.bank);
    try {
      const journal = await openJournal(stored, files.journal, { replaces });
      return { bank: journal.bank, journal, replaces };
    } catch (error) {
      await stored.close();
      const isReplaced = isGMemError(error, "BANK") && (await inode(files.bank)) !== before; // between the two readings
      if (!isReplaced || attempt === 9) throw error;
    }
  }
}

const inode = async (path: string): Promise<number | undefined> => (await stat(path).catch(() => undefined))?.ino;

/** @throws {GMemError} code `LOCKED` while another process writes there, `BANK` if the bank was replaced since it was opened. */
function lockedJournal(journal: Journal, files: Files): Journal {
  const locked = async (change: () => Promise<Bank>): Promise<Bank> => {
    const lock = await lockRun(lockedFolder(files));
    try {
      const { bank, replaces } = await openBankFile(files.bank);
      const now = await bankId(bank, replaces).finally(() => bank.close());
      if (now !== (await journal.id()))
        throw new GMemError("BANK", `${files.bank}: must not change while it is open, got another bank; open it again`);
      return await change();
    } finally {
      await lock.release();
    }
  };
  return {
    get bank() {
      return journal.bank;
    },
    get edits() {
      return journal.edits;
    },
    get canUndo() {
      return journal.canUndo;
    },
    get canRedo() {
      return journal.canRedo;
    },
    get text() {
      return journal.text;
    },
    id: () => journal.id(),
    apply: (edit) => locked(() => journal.apply(edit)),
    undo: () => locked(() => journal.undo()),
    redo: () => locked(() => journal.redo()),
  };
}

/**
 * A run's bank. A network understands the snippets of one encoder only.
 * @throws {GMemError} code `BANK` if the bank is of another encoder than the model was trained with.
 */
export async function openRunMemory(files: RunFiles): Promise<OpenMemory> {
  const memory = await openMemory(files);
  if (!existsSync(files.model)) return memory;
  const { encoder } = (await modelHeader(files)).metadata;
  if (encoder === undefined || encoder === memory.bank.encoderId) return memory;
  await memory.bank.close();
  throw new GMemError(
    "BANK",
    `${files.bank}: must hold snippets of the encoder that the model was trained with, ${encoder}, got ${memory.bank.encoderId}; build the bank with that encoder`,
  );
}
