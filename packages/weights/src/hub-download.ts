import { createHash } from "node:crypto";
import { constants } from "node:fs";
import { type FileHandle, open, rename, rm } from "node:fs/promises";
import { readBytes, writeBytes } from "./bytes-io.ts";
import { exists } from "./hub-cache.ts";
import type { RemoteFile } from "./hub-client.ts";
import { HubError } from "./hub-error.ts";
import { fileError } from "./weights-error.ts";

const piece = 2 ** 22;

/**
 * Brings content to `blob`, which appears complete and checked or not at all. What arrives stands beside it in
 * `BLOB.gmem.incomplete`, from whose end a later call goes on. Several processes may do so at once: the bytes at one place
 * of a content are the same for all of them, and each is checked as it stands on the disk.
 * @throws {HubError} reason `damaged` if the content is not what its checksum says; nothing of it stays.
 * @throws {WeightsError} code `DISK_FULL` or `WEIGHTS`
 */
export async function download(
  blob: string,
  { etag, size }: RemoteFile,
  options: {
    readonly reference: string;
    readonly content: (start: number) => AsyncIterable<Uint8Array>;
    readonly onProgress?: ((bytes: number, total: number) => void) | undefined;
  },
): Promise<void> {
  const { reference, content, onProgress } = options;
  const partial = `${blob}.gmem.incomplete`;
  const damaged = async (rule: string, found: string): Promise<never> => {
    await rm(partial, { force: true });
    throw new HubError("damaged", { reference, rule: `${rule}; run again to fetch it anew`, found });
  };
  const file = await open(partial, constants.O_RDWR | constants.O_CREAT);
  try {
    let at = (await file.stat()).size;
    if (at > size) await damaged(`what was kept has at most ${size} bytes`, `${at}`);
    onProgress?.(at, size);
    if (at < size)
      for await (const bytes of content(at)) {
        if (at + bytes.length > size) await damaged(`the file has ${size} bytes`, "more");
        await writeBytes(file, bytes, at);
        at += bytes.length;
        onProgress?.(at, size);
      }
    if (at < size)
      throw new HubError("unreachable", {
        reference,
        rule: `all ${size} bytes must arrive; run again and the download goes on where it stopped`,
        found: `${at}`,
      });
    const sum = await checksum(file, { etag, size, partial });
    if (sum !== etag) await damaged(`the content's checksum is ${etag}`, sum);
    await file.sync();
  } catch (cause) {
    throw fileError(partial, "write", cause);
  } finally {
    await file.close();
  }
  await rename(partial, blob).catch(async (cause: unknown) => {
    if (!(await exists(blob))) throw fileError(blob, "write", cause); // else another process was done first
  });
}

/** sha256 of the bytes, or git's sha1 of them behind their length, whichever is as long as the one that is expected. */
async function checksum(
  file: FileHandle,
  { etag, size, partial }: RemoteFile & { readonly partial: string },
): Promise<string> {
  const hash = etag.length === 64 ? createHash("sha256") : createHash("sha1").update(`blob ${size}\0`);
  for (let start = 0; start < size; start += piece)
    hash.update(await readBytes(file, { start, end: Math.min(size, start + piece), file: partial }));
  return hash.digest("hex");
}
