import { existsSync } from "node:fs";
import { readdir, rm } from "node:fs/promises";
import { basename, join } from "node:path";
import { GMemError, isGMemError, shellWord } from "@gmem/tensor";
import { type Checkpoint, damagedCheckpoints, guardDisk, listCheckpoints, lockRun, type RunLock } from "@gmem/trainer";
import type { WorkOptions } from "../progress.ts";
import type { RunFiles } from "./run-files.ts";

/** A run folder that only this process writes to. */
export interface ClaimedFolder {
  readonly lock: RunLock;
  /** What the run goes on from. */
  readonly latest?: Checkpoint;
}

export interface ClaimOptions extends Pick<WorkOptions, "onProgress"> {
  /** Goes on with the run that is there. */
  readonly resume: boolean;
  /** Removes the run that is there. */
  readonly replace: boolean;
}

/**
 * {@link claimFolder}, and work in it that gives it back.
 * @throws {GMemError} as both do; `DISK_FULL` where there was no room.
 */
export async function inClaimedFolder<T>(
  files: RunFiles,
  options: ClaimOptions,
  work: (claimed: ClaimedFolder) => Promise<T>,
): Promise<T> {
  const claimed = await claimFolder(files, options);
  try {
    return await work(claimed);
  } catch (error) {
    if (isGMemError(error)) throw error;
    return await guardDisk(`writing in ${files.folder}`, () => Promise.reject(error));
  } finally {
    await claimed.lock.release();
  }
}

/**
 * Locks a run folder and finds what to go on from.
 * @throws {GMemError} code `LOCKED` while another process writes there; `CONFIG` if it holds a run already and `resume` is not
 * set, or a model without a checkpoint, which a run from its first step on would overwrite.
 */
async function claimFolder(files: RunFiles, options: ClaimOptions): Promise<ClaimedFolder> {
  const { resume, replace, onProgress } = options;
  const { folder } = files;
  const lock = await lockRun(folder);
  try {
    if (replace)
      for (const name of await readdir(folder))
        if (name !== basename(lock.path)) await rm(join(folder, name), { recursive: true, force: true });
    const latest = (await listCheckpoints(folder)).at(-1);
    if (!resume && [files.metrics, files.model].some((file) => existsSync(file)))
      throw new GMemError(
        "CONFIG",
        `run: ${folder} holds a run already; continue it with --resume, or give another name=…`,
      );
    if (!latest && existsSync(files.model))
      throw new GMemError(
        "CONFIG",
        `run: ${folder} has a model and no checkpoint to go on from; begin another run with it: ${shellWord(`start.run=${folder}`)} name=…`,
      );
    const step = latest?.meta.step ?? 0;
    const damaged = (await damagedCheckpoints(folder)).filter((path) => Number(/\d+$/.exec(path)?.[0]) > step);
    const goesOn = latest ? `goes on from step ${step}` : "begins anew, no other is whole";
    if (damaged.length > 0)
      onProgress?.({
        stage: "resume",
        done: 0,
        total: 1,
        result: `${damaged.join(", ")} is cut short or without meta.json: ${goesOn}`,
      });
    return { lock, ...(latest && { latest }) };
  } catch (error) {
    await lock.release();
    throw error;
  }
}
