import { readdir, rm, stat } from "node:fs/promises";
import { basename, join } from "node:path";

/** Names under which files are written before they are whole, with the process that writes them. */
const unfinished = /^\..+\.(\d+)-[0-9a-f]{12}\.tmp$/;

/** Folders of a run and of a bank. */
const ours = /^(bank|previous|checkpoints|samples|onnx|non-finite|.+\.shards)$/;

/** Removes what processes that were killed left in a folder that is locked. */
export async function sweep(folder: string, isLeftOver: (lock: string) => Promise<boolean>): Promise<void> {
  for (const entry of await readdir(folder, { withFileTypes: true })) {
    const path = join(folder, entry.name);
    if (entry.isDirectory()) {
      if (ours.test(entry.name)) await sweep(path, isLeftOver);
    } else if (unfinished.test(entry.name)) {
      if (await isOver(path)) await rm(path, { force: true });
    } else if (entry.name.startsWith("run.lock.") && (await isLeftOver(path))) await rm(path, { force: true });
  }
}

/** Whether the process that wrote a file is gone, also where another has its number by now. */
async function isOver(path: string): Promise<boolean> {
  const pid = Number(unfinished.exec(basename(path))?.[1]);
  if (pid === process.pid) return ((await stat(path).catch(() => undefined))?.mtimeMs ?? 0) < performance.timeOrigin;
  try {
    process.kill(pid, 0);
    return false;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === "ESRCH";
  }
}
