import { existsSync } from "node:fs";
import { type Bank, type Journal, openBank, openJournal } from "@gmem/memory-bank";
import { GMemError } from "@gmem/tensor";
import type { BankFiles, RunFiles } from "../folder/run-files.ts";
import { modelHeader } from "./read-parameters.ts";

/** A bank with its journal of edits. */
export interface OpenMemory {
  /** With the edits that the journal held when it was opened. */
  readonly bank: Bank;
  readonly journal: Journal;
}

/** The bank of a run or bank folder, with its edits. */
export async function openMemory(files: Pick<BankFiles, "bank" | "journal">): Promise<OpenMemory> {
  const stored = await openBank(files.bank);
  try {
    const journal = await openJournal(stored, files.journal);
    return { bank: journal.bank, journal };
  } catch (error) {
    await stored.close();
    throw error;
  }
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
