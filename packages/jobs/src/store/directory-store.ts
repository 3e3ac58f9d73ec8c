import { randomBytes } from "node:crypto";
import { type FileHandle, link, open, readdir, readFile, rename, rm, stat } from "node:fs/promises";
import { dirname, join, resolve } from "node:path";
import type { ByteRange, Store } from "@gmem/spec";
import { makeFolder } from "./make-folder.ts";
import { StoreError, type StoreReason } from "./store-error.ts";
import { checkKey, checkPrefix, checkRange } from "./store-key.ts";

/** Where files lie until they are whole; hidden, so that no key can name it. */
const drafts = ".drafts";
/** A draft that nobody has written to for so long is left over from a process that was killed, in milliseconds. */
const abandoned = 3_600_000;

/**
 * A store in a folder: of one machine, or of several that mount it. Files are written beside, synced and renamed, so that
 * a kill leaves the old object or the new one. The file system must have hard links, which let one of two writers win.
 * @throws {GMemError} code `CONFIG` for a key that is none, from every method.
 * @throws {StoreError} code `STORE` from every method, for what the file system refuses.
 * @example
 * import { mkdtemp } from "node:fs/promises";
 * const store = directoryStore(await mkdtemp("store-"));
 * await store.put("features/0000.bin", new TextEncoder().encode("rows"));
 * const part = await store.get("features/0000.bin", { start: 1, end: 3 }); // "ow"
 */
export function directoryStore(folder: string): Store {
  const root = resolve(folder);
  const name = `directory:${root}`;
  const path = (key: string): string => {
    checkKey(key);
    return join(root, key);
  };
  const guard = async <T>(key: string, work: () => Promise<T>): Promise<T> => {
    try {
      return await work();
    } catch (error) {
      throw refusal(name, key, error);
    }
  };
  let cleaned: Promise<void> | undefined;

  /** Bytes in a file of their own, on the disk; `place` gives it its name. */
  async function write<T>(
    key: string,
    bytes: Uint8Array,
    place: (draft: string, path: string) => Promise<T>,
  ): Promise<T> {
    const target = path(key);
    return guard(key, async () => {
      cleaned ??= removeAbandoned(join(root, drafts));
      await cleaned;
      const draft = join(root, drafts, randomBytes(12).toString("hex"));
      await makeFolder(join(root, drafts)).catch((error: unknown) => noFolder(name, error));
      try {
        const file = await open(draft, "wx");
        try {
          await file.writeFile(bytes);
          await file.sync();
        } finally {
          await file.close();
        }
        await makeFolder(dirname(target));
        const placed = await place(draft, target);
        await syncFolder(dirname(target));
        return placed;
      } finally {
        await rm(draft, { force: true });
      }
    });
  }

  return {
    name,
    async get(key, range) {
      const file = path(key);
      if (range) checkRange(range, { store: name, key });
      return guard(key, async () => {
        if (!range) {
          const bytes = await orNone(readFile(file));
          return bytes && new Uint8Array(bytes.buffer, bytes.byteOffset, bytes.length);
        }
        const handle = await orNone(open(file, "r"));
        if (!handle) return undefined;
        try {
          const found = await handle.stat();
          if (!found.isFile()) return undefined;
          const { size } = found;
          checkRange(range, { store: name, key, size });
          return await readRange(handle, range, name);
        } finally {
          await handle.close();
        }
      });
    },
    put: (key, bytes) => write(key, bytes, rename),
    putIfAbsent: (key, bytes) =>
      write(key, bytes, async (draft, target) => {
        try {
          await link(draft, target);
          return true;
        } catch (error) {
          if (codeOf(error) !== "EEXIST") throw error;
          return false;
        }
      }),
    async head(key) {
      const file = path(key);
      const found = await guard(key, () => orNone(stat(file)));
      return found?.isFile() ? { size: found.size } : undefined;
    },
    async *list(prefix) {
      checkPrefix(prefix);
      yield* keysBelow(root, prefix.slice(0, prefix.lastIndexOf("/") + 1), prefix);
    },
    delete: async (key) => {
      const file = path(key);
      await guard(key, () => orNone(rm(file, { force: true })));
    },
  };
}

/** A place that is no folder and cannot become one; a disk that is full or away is told of as ever. */
function noFolder(store: string, error: unknown): never {
  const code = codeOf(error);
  if (!["EEXIST", "ENOTDIR", "ENOENT", "ENAMETOOLONG", "ELOOP"].includes(code)) throw error;
  const message = `must be a folder or become one, got a place that cannot (${code}); name another`;
  throw new StoreError(store, "refused", { message, cause: error });
}

/** A folder is sorted as the keys below it are: its name stands there with a slash. */
async function* keysBelow(root: string, folder: string, prefix: string): AsyncGenerator<string> {
  const entries = (await orNone(readdir(join(root, folder), { withFileTypes: true }))) ?? [];
  const names = entries.map((entry) => `${folder}${entry.name}${entry.isDirectory() ? "/" : ""}`);
  for (const key of names.sort((a, b) => (a < b ? -1 : 1)))
    if (key.slice(folder.length).startsWith(".")) continue;
    else if (key.endsWith("/")) {
      if (key.startsWith(prefix) || prefix.startsWith(key)) yield* keysBelow(root, key, prefix);
    } else if (key.startsWith(prefix)) yield key;
}

async function readRange(handle: FileHandle, { start, end }: ByteRange, where: string): Promise<Uint8Array> {
  const bytes = new Uint8Array(end - start);
  for (let at = 0; at < bytes.length; ) {
    const { bytesRead } = await handle.read(bytes, at, Math.min(2 ** 30, bytes.length - at), start + at);
    if (bytesRead === 0)
      throw new StoreError(where, "damaged", { message: "a file became shorter while it was read; run again" });
    at += bytesRead;
  }
  return bytes;
}

async function removeAbandoned(folder: string): Promise<void> {
  for (const draft of await readdir(folder).catch(() => [])) {
    const found = await orNone(stat(join(folder, draft)));
    if (found && Date.now() - found.mtimeMs > abandoned) await rm(join(folder, draft), { force: true });
  }
}

/** A name lasts once its folder is on the disk. */
async function syncFolder(folder: string): Promise<void> {
  const handle = await open(folder, "r");
  try {
    await handle.sync();
  } catch (error) {
    if (!["EINVAL", "EPERM", "EISDIR", "ENOTSUP"].includes(codeOf(error))) throw error; // some file systems cannot
  } finally {
    await handle.close();
  }
}

const codeOf = (error: unknown): string => (error as NodeJS.ErrnoException).code ?? "";

async function orNone<T>(found: Promise<T>): Promise<T | undefined> {
  try {
    return await found;
  } catch (error) {
    if (["ENOENT", "ENOTDIR", "EISDIR"].includes(codeOf(error))) return undefined;
    throw error;
  }
}

function refusal(store: string, key: string, error: unknown): unknown {
  const code = codeOf(error);
  const [reason, advice] = ((): [StoreReason, string] | [] => {
    if (["ENOSPC", "EDQUOT", "EFBIG"].includes(code)) return ["full", "free some space and run again"];
    if (["EACCES", "EPERM", "EROFS"].includes(code))
      return ["denied", "give this user the right to read and write there"];
    if (["EEXIST", "ENOTDIR", "EISDIR"].includes(code)) return ["refused", "no key is the folder of another"];
    if (/^E[A-Z]+$/.test(code)) return ["unreachable", "see whether the folder is mounted"];
    return [];
  })();
  if (!reason) return error;
  return new StoreError(store, reason, { message: `cannot give or take "${key}" (${code}); ${advice}`, cause: error });
}
