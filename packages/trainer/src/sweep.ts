import { readdir, rm } from "node:fs/promises";
import { join } from "node:path";
import { isLeftOver } from "@gmem/weights";

/** Folders of a run and of a bank. */
const ours = /^(bank|previous|checkpoints|samples|onnx|non-finite|.+\.shards)$/;

/** Names of files that were not whole yet, as older versions gave them. */
const former = /^\..+\.[0-9a-f]{12}\.tmp$/;

const isCurrent = /-\d+-\d*\.[0-9a-f]{12}\.tmp$/;

/** Removes what processes that are gone left in a folder that is locked: drafts, and markers of the lock. */
export async function sweep(folder: string, isOver: (marker: string) => Promise<boolean>): Promise<void> {
  for (const entry of await readdir(folder, { withFileTypes: true })) {
    const { name } = entry;
    const path = join(folder, name);
    if (entry.isDirectory()) {
      if (ours.test(name)) await sweep(path, isOver);
    } else if (
      (await isLeftOver(name)) ||
      (former.test(name) && !isCurrent.test(name)) ||
      (/^run\.lock\..+\.taken$/.test(name) && (await isOver(path)))
    )
      await rm(path, { force: true });
  }
}
