import { existsSync, readdirSync, statSync } from "node:fs";
import { mkdir, mkdtemp, rename, rm } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import { GMemError } from "@gmem/tensor";

/** @throws {GMemError} code `CONFIG` for a path that holds something. */
export function checkFree(path: string): void {
  if (!existsSync(path)) return;
  if (statSync(path).isDirectory() && readdirSync(path).length === 0) return;
  throw new GMemError("CONFIG", `${path}: must not exist yet; give another name or remove it`);
}

/** Fills a folder beside `path` and gives it that name at the end: it appears complete or not at all. */
export async function newFolder<T>(path: string, fill: (draft: string) => Promise<T>): Promise<T> {
  checkFree(path);
  await mkdir(dirname(path), { recursive: true });
  const hidden = await mkdtemp(join(dirname(path), `.${basename(path)}-`));
  try {
    const draft = join(hidden, "draft"); // with the permissions that folders have here
    await mkdir(draft);
    const result = await fill(draft);
    await rename(draft, path);
    return result;
  } finally {
    await rm(hidden, { recursive: true, force: true });
  }
}
