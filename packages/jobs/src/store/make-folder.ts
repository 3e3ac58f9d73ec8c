import { mkdir, stat } from "node:fs/promises";
import { dirname } from "node:path";

/**
 * Makes a folder and those above it, also where others make them at the same time, and fails where none can be made: step by step,
 * since `recursive` of Node may never come back from some file systems.
 * @throws what the file system says.
 */
export async function makeFolder(folder: string): Promise<void> {
  const failed = await tried(folder);
  if (!failed) return;
  if (failed.code !== "ENOENT") throw failed;
  if (!(await isThere(dirname(folder)))) await makeFolder(dirname(folder));
  const again = await tried(folder); // the folder above is there by now, made by this or by another
  if (again) throw again;
}

async function tried(folder: string): Promise<NodeJS.ErrnoException | undefined> {
  try {
    await mkdir(folder);
    return undefined;
  } catch (error) {
    const failed = error as NodeJS.ErrnoException;
    return failed.code === "EEXIST" && (await stat(folder)).isDirectory() ? undefined : failed;
  }
}

const isThere = (path: string): Promise<boolean> =>
  stat(path).then(
    () => true,
    () => false,
  );
