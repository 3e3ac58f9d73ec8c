import { readFile } from "node:fs/promises";
import { writeFileAtomic } from "@gmem/weights";
import { BankError } from "./bank-error.ts";

/** Lines of edits on disk, of one bank. */
export interface JournalFile {
  /** Those that are in force for this bank, with their numbers. */
  readonly lines: readonly { readonly text: string; readonly number: number }[];
  /** The file as far as it is this bank's. */
  readonly text: string;
  /**
   * Puts a line behind them: on the disk when it returns, or not there at all.
   * @throws {BankError} code `BANK` if another process has changed the file. @throws {WeightsError} code `DISK_FULL`
   */
  append(line: string): Promise<void>;
}

export interface JournalOwner {
  /** The bank that the edits are for, asked for when it matters. */
  readonly id: () => Promise<string>;
  /** The bank whose edits it has taken in. */
  readonly replaces?: string | undefined;
}

/**
 * Opens a journal. Its first line names its bank; where the bank has been replaced, its edits are part of the new bank and
 * the next line begins anew. Journals without that line, as they were once written, are of a bank that replaced none. What
 * follows the last line end, as a crash may leave it, does not count. Nothing is written here.
 * @throws {BankError} code `BANK` for the journal of another bank.
 */
export async function openJournalFile(path: string, { id, replaces }: JournalOwner): Promise<JournalFile> {
  let known = await wholeLines(path);
  const all = known.split("\n").slice(0, -1);
  const named = all[0] === undefined ? undefined : bankOf(all[0]);
  const isOver = all.length > 0 && replaces !== undefined && (named === undefined || named === replaces);
  if (named !== undefined && !isOver && named !== (await id()))
    throw new BankError(path, "must be the journal of the bank beside it; move it away, or put its bank back", named);
  let kept = isOver ? "" : known;
  return {
    lines: isOver ? [] : all.map((text, i) => ({ text, number: i + 1 })).slice(named === undefined ? 0 : 1),
    get text() {
      return kept;
    },
    async append(line) {
      if ((await wholeLines(path)) !== known)
        throw new BankError(path, "must not change while it is open; open the bank again", "edits of another process");
      const first = kept === "" ? `${JSON.stringify({ op: "bank", id: await id() })}\n` : "";
      const text = `${kept}${first}${line}\n`;
      await writeFileAtomic(path, text);
      known = text;
      kept = text;
    },
  };
}

/** The bank that a first line names. */
function bankOf(line: string): string | undefined {
  try {
    const { op, id }: { readonly op?: unknown; readonly id?: unknown } = JSON.parse(line) ?? {};
    return op === "bank" && typeof id === "string" ? id : undefined;
  } catch {
    return undefined; // reported when it is read as an edit
  }
}

async function wholeLines(path: string): Promise<string> {
  try {
    const text = await readFile(path, "utf8");
    return text.slice(0, text.lastIndexOf("\n") + 1);
  } catch (cause) {
    if (cause instanceof Error && "code" in cause && cause.code === "ENOENT") return "";
    throw new BankError(path, "the journal must be readable", String(cause));
  }
}
