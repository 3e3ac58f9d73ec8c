import { type FileHandle, open } from "node:fs/promises";
import { refuseForeign } from "./foreign-file.ts";
import { fileError } from "./weights-error.ts";

/** Reads from a file. @throws {WeightsError} for what the file system says; typed errors pass. */
export async function reading<T>(path: string, read: () => T | Promise<T>): Promise<T> {
  try {
    return await read();
  } catch (cause) {
    throw fileError(path, "read", cause);
  }
}

/**
 * Opens a file of some size and hands it to `use`, which closes it when it is done with it; if that fails, it is closed. What
 * is no file of weights at all is refused by what it is.
 */
export const opening = <T>(path: string, use: (handle: FileHandle, size: number) => Promise<T>): Promise<T> =>
  reading(path, async () => {
    const handle = await open(path, "r");
    try {
      const { size } = await handle.stat();
      refuseForeign({ fd: handle.fd, size, file: path });
      return await use(handle, size);
    } catch (cause) {
      await handle.close();
      throw cause;
    }
  });
