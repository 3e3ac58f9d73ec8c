import { type FileHandle, open, rename, rm } from "node:fs/promises";
import { dirname } from "node:path";
import { writeBytes } from "./bytes-io.ts";
import { draftName, removeLeftOvers } from "./draft-name.ts";
import { fileError } from "./weights-error.ts";

/** A file that appears under its name only when it is complete and on the disk. */
export interface AtomicFile {
  /** Opened for writing under a temporary name in the same folder. */
  readonly handle: FileHandle;
  /** Flushes, then gives the file its name in one step. */
  commit(): Promise<void>;
  /** Removes the temporary file; what was there before stays. */
  abort(): Promise<void>;
}

/** Begins an {@link AtomicFile}, and removes what processes that are gone left of this one. @throws {WeightsError} code `WEIGHTS` or `DISK_FULL` */
export async function atomicFile(path: string): Promise<AtomicFile> {
  const folder = dirname(path);
  await removeLeftOvers(path);
  const temporary = await draftName(path);
  const handle = await open(temporary, "wx").catch((cause: unknown) => {
    throw fileError(path, "write", cause);
  });
  let isOpen = true;
  const close = async (): Promise<void> => {
    if (!isOpen) return;
    isOpen = false;
    await handle.close();
  };
  const abort = async (): Promise<void> => {
    await close().catch(() => undefined); // the file is thrown away: its own errors no longer matter
    await rm(temporary, { force: true });
  };
  const commit = async (): Promise<void> => {
    try {
      await handle.sync();
      await close();
      await rename(temporary, path);
      await syncFolder(folder);
    } catch (cause) {
      await abort();
      throw fileError(path, "write", cause);
    }
  };
  return { handle, commit, abort };
}

/** Makes a rename survive a power cut; systems that cannot flush a folder do it by themselves. */
async function syncFolder(folder: string): Promise<void> {
  if (process.platform === "win32") return;
  const handle = await open(folder, "r");
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}

/**
 * Replaces a file in one step: readers see the old content or the new one, never a part, also after a power cut.
 * @throws {WeightsError} code `DISK_FULL` when there is no room, else `WEIGHTS`; the old file is untouched.
 * @example
 * await writeFileAtomic("state.json", JSON.stringify({ step: 5 }));
 */
export async function writeFileAtomic(path: string, data: string | Uint8Array): Promise<void> {
  const file = await atomicFile(path);
  try {
    await writeBytes(file.handle, typeof data === "string" ? new TextEncoder().encode(data) : data, 0);
  } catch (cause) {
    await file.abort();
    throw fileError(path, "write", cause);
  }
  await file.commit();
}
