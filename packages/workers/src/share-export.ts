import { mkdir, rm } from "node:fs/promises";
import { dirname, resolve } from "node:path";
import type { ExportCard } from "@gmem/runs/export";
import type { AskedExport } from "@gmem/runs/jobs";
import { draftName, removeLeftOvers } from "@gmem/weights";
import { type ShareFlags, shareWork } from "./share-work.ts";

/**
 * Has processes or machines write the programs of a run, and puts them into their folder: the files of `exportRun`.
 * @returns undefined with `detach`, as {@link shareWork}.
 * @throws {GMemError} code `CONFIG` or `WEIGHTS` for a part that was asked for and that the run has not, and as {@link shareWork}.
 * @example
 * // no-run
 * import { openRun } from "@gmem/runs";
 * const run = await openRun("runs/mine");
 * await shareExport(run, { folder: "onnx" }, { workers: 2 });
 */
export async function shareExport(
  run: AskedExport["run"],
  asked: Pick<AskedExport, "parts" | "batch" | "folder">,
  flags: ShareFlags,
): Promise<ExportCard | undefined> {
  const { exportJob, joinExport } = await import("@gmem/runs/jobs"); // all of a run: not for commands that only look
  const folder = resolve(asked.folder);
  await mkdir(dirname(folder), { recursive: true });
  await removeLeftOvers(folder); // of commands that were killed
  const draft = await draftName(folder);
  await mkdir(draft);
  try {
    const job = { run, ...asked, draft };
    return (await shareWork(exportJob, job, flags)) && (await joinExport(job));
  } finally {
    await rm(draft, { recursive: true, force: true });
  }
}
