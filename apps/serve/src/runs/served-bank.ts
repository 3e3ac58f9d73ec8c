import { createHash } from "node:crypto";
import { stat } from "node:fs/promises";
import type { Bank, Edit, Journal } from "@gmem/memory-bank";
import { openMemory, type RunFiles } from "@gmem/runs";
import { isGMemError } from "@gmem/tensor";
import { contentHash } from "@gmem/weights";
import { Refusal } from "../refusal.ts";

/** A bank at one moment: jobs hold on to the one that they were asked with. */
export interface BankVersion {
  /** Changes with every edit, and is the same again after an undo. */
  readonly id: string;
  readonly bank: Bank;
  readonly edits: number;
  readonly canUndo: boolean;
  readonly canRedo: boolean;
}

/** What was done to a bank, for people. */
export interface BankChange {
  readonly version: string;
  readonly kind: Edit["kind"];
  readonly size: number;
}

/** The bank of an open run, which takes edits while others draw from earlier versions. */
export interface ServedBank {
  readonly now: BankVersion;
  /**
   * Makes one change after the other. @param expected the version that the client has seen.
   * @throws {Refusal} 412 where the bank is another one by now.
   */
  change(
    work: (journal: Journal, bank: Bank) => Promise<unknown>,
    options?: { readonly expected?: string | undefined },
  ): Promise<BankVersion>;
  /** The edits that are in force, oldest first. */
  versions(): Promise<readonly BankChange[]>;
  close(): Promise<void>;
}

/** How soon an edit of another program is seen that no client asks about, in milliseconds. */
const lookEvery = 1000;

export async function servedBank(files: Pick<RunFiles, "bank" | "journal">): Promise<ServedBank> {
  let memory = await openMemory(files);
  let seen = await stamp(files);
  let now = await versionOf(memory.journal);
  const old: (() => Promise<void>)[] = [];
  let turn: Promise<unknown> = Promise.resolve();
  const reopen = async (): Promise<void> => {
    const before = memory;
    memory = await openMemory(files);
    seen = await stamp(files);
    old.push(() => before.bank.close()); // jobs may still read it
    now = await versionOf(memory.journal);
  };
  const look = async (): Promise<void> => {
    if ((await stamp(files)) !== seen) await reopen();
  };
  const looking = setInterval(() => {
    turn = turn.then(look).catch(() => {}); // amid another program's edit: it is looked at again
  }, lookEvery).unref();
  return {
    get now() {
      return now;
    },
    change(work, { expected } = {}) {
      const mine = turn.then(async () => {
        await look(); // another program may have edited it
        if (expected !== undefined && expected !== now.id)
          throw new Refusal(
            412,
            "BANK_MOVED",
            `the bank must be at version ${expected}, got ${now.id}; load it again`,
            {
              param: "If-Match",
              allowed: now.id,
            },
          );
        try {
          await work(memory.journal, now.bank);
        } catch (cause) {
          if (isGMemError(cause, "BANK") && (await stamp(files)) !== seen) await reopen();
          throw cause;
        }
        seen = await stamp(files);
        now = await versionOf(memory.journal);
        return now;
      });
      turn = mine.catch(() => {});
      return mine;
    },
    versions: () => changesOf(memory.journal),
    async close() {
      clearInterval(looking);
      await turn;
      for (const end of old) await end();
      await memory.bank.close();
    },
  };
}

/** Tells the files as they are from the files as they were. */
async function stamp({ bank, journal }: Pick<RunFiles, "bank" | "journal">): Promise<string> {
  const of = async (path: string): Promise<string> => {
    const found = await stat(path).catch(() => undefined);
    return found ? `${found.ino}:${found.size}:${found.mtimeMs}` : "";
  };
  return `${await of(bank)} ${await of(journal)}`;
}

async function versionOf(journal: Journal): Promise<BankVersion> {
  const { bank, edits, canUndo, canRedo } = journal;
  const id = idOf(edits.length, chainOf(await journal.id(), edits));
  return { id, bank, edits: edits.length, canUndo, canRedo };
}

async function changesOf(journal: Journal): Promise<readonly BankChange[]> {
  const { edits } = journal;
  const start = await journal.id();
  chainOf(start, edits);
  const ids = edits.map((edit, i) => idOf(i + 1, chains.get(edit) ?? ""));
  let { size } = journal.bank;
  const changes = edits.toReversed().map((edit, i) => {
    const after = size;
    size -= grown(edit);
    return { version: ids.at(-1 - i) as string, kind: edit.kind, size: after };
  });
  return changes.reverse();
}

/** Rows that an edit adds. */
const grown = (edit: Edit): number =>
  edit.kind === "append"
    ? (edit.features.shape[0] ?? 0)
    : edit.kind === "remove"
      ? -edit.rows.length
      : edit.kind === "interpolate"
        ? 1
        : 0;

/** Hashes of the edits up to one and of the bank before them, by that one: a journal has the same ones before it for good. */
const chains = new WeakMap<Edit, string>();

/** Of all edits; those that are known already are not looked at again. */
function chainOf(start: string, edits: readonly Edit[]): string {
  let known = edits.length;
  while (known > 0 && !chains.has(edits[known - 1] as Edit)) known--;
  let chain = chains.get(edits[known - 1] as Edit) ?? digest(start);
  for (const edit of edits.slice(known)) {
    chain = digest(`${chain} ${editHash(edit)}`);
    chains.set(edit, chain);
  }
  return chain;
}

/** Of the bank after so many edits: their number, and a hash of all of them. */
const idOf = (edits: number, chain: string): string => `${edits}-${chain.slice(0, 10)}`;

function editHash(edit: Edit): string {
  if (edit.kind !== "append") return digest(JSON.stringify(edit));
  const { features, ...rest } = edit;
  return digest(`${JSON.stringify(rest)} ${contentHash({ features })}`);
}

const digest = (text: string): string => createHash("sha256").update(text).digest("hex");
