import { type FileHandle, open } from "node:fs/promises";
import { fileError } from "./weights-error.ts";

/** Reads from a file. @throws {WeightsError} for what the file system says; typed errors pass. */
export async function reading<T>(path: string, read: () => T | Promise<T>): Promise<T> {
  try {
    return await read();
  } catch (cause) {
    throw fileError(path, "read", cause);
  }
}

/** Opens a file of some size and hands it to `use`, which closes it when it is done with it; if that fails, it is closed. */
export const opening = <T>(path: string, use: (handle: FileHandle, size: number) => Promise<T>): Promise<T> =>
  reading(path, async () => {
    const handle = await open(path, "r");
    try {
      return await use(handle, (await handle.stat()).size);
    } catch (cause) {
      await handle.close();
      throw cause;
    }
  });
