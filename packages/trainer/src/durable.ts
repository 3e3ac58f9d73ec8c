import { mkdir, open, readdir, rename, rm } from "node:fs/promises";
import { basename, dirname, join } from "node:path";

/**
 * Makes a folder appear whole or not at all: `fill` writes into a hidden sibling, which is synced and renamed. If it
 * fails, the sibling is removed. What bore the name before is replaced.
 */
export async function writeFolder(path: string, fill: (draft: string) => Promise<void>): Promise<void> {
  const parent = dirname(path);
  const draft = join(parent, `${draftPrefix}${basename(path)}`);
  await rm(draft, { recursive: true, force: true });
  await mkdir(draft, { recursive: true });
  try {
    await fill(draft);
    for (const file of await readdir(draft)) await syncPath(join(draft, file));
    await syncPath(draft);
    await rm(path, { recursive: true, force: true }); // a folder takes only the place of none
    await rename(draft, path);
    await syncPath(parent);
  } catch (error) {
    await rm(draft, { recursive: true, force: true }).catch(() => undefined);
    throw error;
  }
}

/** Removes a folder so that a kill in between leaves no half of it under its name. */
export async function removeFolder(path: string): Promise<void> {
  const draft = join(dirname(path), `${draftPrefix}${basename(path)}`);
  await rm(draft, { recursive: true, force: true });
  await rename(path, draft);
  await rm(draft, { recursive: true, force: true });
}

/** Deletes what a killed process had not finished. */
export async function removeDrafts(parent: string): Promise<void> {
  for (const name of await readdir(parent).catch(() => []))
    if (name.startsWith(draftPrefix)) await rm(join(parent, name), { recursive: true, force: true });
}

const draftPrefix = ".draft-";

async function syncPath(path: string): Promise<void> {
  const handle = await open(path, "r");
  try {
    await handle.sync();
  } catch (error) {
    // some file systems cannot sync a folder
    if (!["EINVAL", "EPERM", "EISDIR", "ENOTSUP"].includes((error as NodeJS.ErrnoException).code ?? "")) throw error;
  } finally {
    await handle.close();
  }
}
