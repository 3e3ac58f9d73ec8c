import { open, rename, rm } from "node:fs/promises";

/** Bytes and where they go. */
export interface Block {
  readonly offset: number;
  readonly bytes: Uint8Array;
}

/** One write call takes at most this much: Node refuses 2 GiB and more. */
const chunk = 1 << 26;

/** Writes a file under another name first, so that the old one stays whole if this fails. */
export async function replaceFile(path: string, blocks: readonly Block[]): Promise<void> {
  const partial = `${path}.${process.pid}.partial`;
  try {
    const file = await open(partial, "w");
    try {
      for (const { offset, bytes } of blocks)
        for (let at = 0; at < bytes.length; )
          at += (await file.write(bytes, at, Math.min(chunk, bytes.length - at), offset + at)).bytesWritten;
      await file.sync();
    } finally {
      await file.close();
    }
    await rename(partial, path);
  } catch (error) {
    await rm(partial, { force: true });
    throw error;
  }
}
