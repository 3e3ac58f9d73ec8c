import { readdir, stat } from "node:fs/promises";
import { join } from "node:path";
import { GMemError, isGMemError } from "@gmem/tensor";
import { byCodePoint } from "../folder/by-code-point.ts";
import { leftOutByName } from "../folder/file-kinds.ts";

const isArchiveName = (name: string): boolean => /\.(tar|parquet)$/.test(name) && !name.startsWith(".");

/** What a path gives. @throws {GMemError} code `DATA` where the system refuses to read it. */
export async function readable<T>(path: string, read: () => Promise<T>): Promise<T> {
  try {
    return await read();
  } catch (cause) {
    if (isGMemError(cause)) throw cause;
    throw new GMemError(
      "DATA",
      `imageArchive: "${path}" must be readable, got ${cause instanceof Error ? cause.message : cause}`,
      { cause },
    );
  }
}

/**
 * The archives that a path stands for: itself, or those of a folder by name, which must be of one kind and may lie beside
 * anything but pictures and folders.
 * @throws {GMemError} code `DATA` if it is none.
 */
export async function archivesIn(path: string): Promise<string[]> {
  const fail = (got: string): never => {
    throw new GMemError("DATA", `imageArchive: "${path}" must be a .tar, a .parquet or a folder of either, got ${got}`);
  };
  const found = await stat(path).catch((cause: Error) => fail(cause.message));
  if (found.isFile()) return isArchiveName(path) ? [path] : fail("another file");
  const entries = await readable(path, () => readdir(path, { withFileTypes: true }));
  const names = entries
    .map(({ name }) => name)
    .filter(isArchiveName)
    .sort(byCodePoint);
  const pictures = entries.filter((entry) => entry.isDirectory() || !leftOutByName(entry.name));
  if (names.length === 0 || pictures.length > 0)
    return fail(names.length === 0 ? "none" : "pictures or folders beside archives");
  if (new Set(names.map((name) => name.endsWith(".tar"))).size > 1) return fail("both kinds");
  return names.map((name) => join(path, name));
}
