import { readdir, rm } from "node:fs/promises";
import { join } from "node:path";

/** Names under which files are written before they are whole. */
const unfinished = /^\..+\.[0-9a-f]{12}\.tmp$/;

/** Folders of a run and of a bank. */
const ours = /^(bank|previous|checkpoints|samples|onnx|non-finite|.+\.shards)$/;

/** Removes what processes that were killed left in a folder that is locked. */
export async function sweep(folder: string, isLeftOver: (lock: string) => Promise<boolean>): Promise<void> {
  for (const entry of await readdir(folder, { withFileTypes: true })) {
    const path = join(folder, entry.name);
    if (entry.isDirectory()) {
      if (ours.test(entry.name)) await sweep(path, isLeftOver);
    } else if (unfinished.test(entry.name)) await rm(path, { force: true });
    else if (entry.name.startsWith("run.lock.") && (await isLeftOver(path))) await rm(path, { force: true });
  }
}
