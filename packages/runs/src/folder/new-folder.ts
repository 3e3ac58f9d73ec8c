import { existsSync, readdirSync, statSync } from "node:fs";
import { mkdir, rename, rm } from "node:fs/promises";
import { dirname } from "node:path";
import { GMemError } from "@gmem/tensor";
import { draftName, removeLeftOvers } from "@gmem/weights";

/** @throws {GMemError} code `CONFIG` for a path that holds something. */
export function checkFree(path: string): void {
  if (!existsSync(path)) return;
  if (statSync(path).isDirectory() && readdirSync(path).length === 0) return;
  throw new GMemError("CONFIG", `${path}: must not exist yet; give another name or remove it`);
}

/**
 * Fills a folder beside `path` and gives it that name at the end: it appears complete or not at all. What processes that are
 * gone left of it is removed.
 */
export async function newFolder<T>(path: string, fill: (draft: string) => Promise<T>): Promise<T> {
  checkFree(path);
  await mkdir(dirname(path), { recursive: true });
  await removeLeftOvers(path);
  const draft = await draftName(path);
  await mkdir(draft);
  try {
    const result = await fill(draft);
    checkFree(path); // again: another process may have been quicker
    await rename(draft, path);
    return result;
  } finally {
    await rm(draft, { recursive: true, force: true });
  }
}
