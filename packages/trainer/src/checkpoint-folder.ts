import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import { checkFinite, GMemError, type Named, type NDArray } from "@gmem/tensor";
import { writeSafetensors } from "@gmem/weights";
import {
  type Checkpoint,
  type CheckpointMeta,
  listCheckpoints,
  pruneCheckpoints,
  readCheckpoint,
  writeCheckpoint,
} from "./checkpoint.ts";
import { guardDisk } from "./disk-full.ts";
import { removeDrafts } from "./durable.ts";
import { type MetricsLine, openMetricsLog } from "./metrics-log.ts";
import { checkSameSettings, type ResumeIdentity } from "./resume-identity.ts";
import { lockRun } from "./run-lock.ts";
import type { CheckpointOptions, LearnerOptions } from "./train-options.ts";

/** Where a run keeps its checkpoints and metrics, locked for this process. */
export interface CheckpointFolder {
  /** What to continue from. */
  readonly resumed?: { readonly meta: CheckpointMeta; readonly state: Named<NDArray> };
  append(lines: readonly MetricsLine[]): Promise<void>;
  /** Writes a checkpoint, unless this step has one, and deletes what retention does not keep. */
  save(state: () => Promise<Named<NDArray>>, meta: Omit<CheckpointMeta, "bytes">): Promise<string>;
  /** Writes a batch for inspection and returns the path. */
  dump(step: number, feeds: Named<NDArray>): Promise<string>;
  close(): Promise<void>;
}

interface OpenFolderOptions extends CheckpointOptions {
  readonly identity: ResumeIdentity;
  readonly resume: boolean;
  /** Of the whole run. */
  readonly steps: number;
}

/**
 * Locks the folder of a run, unless the caller has done so, and finds where to continue. Nothing is written before all is
 * checked.
 * @throws {GMemError} code `LOCKED` if another process writes there, `CHECKPOINT` if the folder is used and `resume` is
 * not set, `CONFIG` or `DATA` if the checkpoint was made with other settings or other data.
 */
export async function openCheckpointFolder(options: OpenFolderOptions): Promise<CheckpointFolder> {
  const { folder, keep = 3, best, lock: given } = options;
  const lock = given ?? (await lockRun(folder));
  const release = async (): Promise<void> => (given ? undefined : lock.release());
  try {
    const latest = (await listCheckpoints(folder)).at(-1);
    if (latest) checkIdentity(latest, options);
    const state = latest && (await readCheckpoint(latest));
    if (state)
      checkFinite(state, {
        where: join(latest.path, "state.safetensors"),
        remedy: `remove ${latest.path} to go on from the checkpoint before it`,
      });
    const parent = join(folder, "checkpoints");
    await mkdir(parent, { recursive: true });
    await removeDrafts(parent);
    const retention = { keep, ...(best ? { best } : {}) };
    await pruneCheckpoints(folder, retention); // a resumed run that keeps fewer makes room before it writes
    const log = await openMetricsLog(folder, { step: latest?.meta.step ?? 0 });
    return {
      ...(latest && state ? { resumed: { meta: latest.meta, state } } : {}),
      append: (lines) => log.append(lines),
      async save(state, meta) {
        const existing = (await listCheckpoints(folder)).find((checkpoint) => checkpoint.meta.step === meta.step);
        if (existing) return existing.path;
        await guardDisk(`writing ${log.path}`, () => log.sync());
        const { path } = await writeCheckpoint(folder, await state(), meta);
        await pruneCheckpoints(folder, retention);
        return path;
      },
      async dump(step, feeds) {
        const path = join(folder, "non-finite", `step-${String(step).padStart(6, "0")}.safetensors`);
        return guardDisk(`writing ${path}`, async () => {
          await mkdir(join(folder, "non-finite"), { recursive: true });
          await writeSafetensors(path, feeds, { metadata: { step: String(step) } });
          return path;
        });
      },
      close: release,
    };
  } catch (error) {
    await release();
    throw error;
  }
}

/** The folder of a run, where it is to be saved. @throws {GMemError} as {@link openCheckpointFolder}. */
export async function openFolderOf(
  { checkpoint, resume = false, steps }: Pick<LearnerOptions, "checkpoint" | "resume" | "steps">,
  identity: ResumeIdentity,
): Promise<CheckpointFolder | undefined> {
  return checkpoint && openCheckpointFolder({ ...checkpoint, identity, resume, steps });
}

function checkIdentity(latest: Checkpoint, { identity: { config, dataId }, resume, steps }: OpenFolderOptions): void {
  const { path, meta } = latest;
  if (!resume)
    throw new GMemError(
      "CHECKPOINT",
      `train: a new run needs an unused folder, got ${path} in it; pass resume: true to continue it, or choose another name`,
    );
  checkSameSettings(latest, config);
  if (meta.dataId !== dataId)
    throw new GMemError(
      "DATA",
      `train: a resumed run must keep its data, got other content than at ${path}; restore the data, or start a run of another name`,
    );
  if (steps < meta.step)
    throw new GMemError("CONFIG", `train: steps must be at least the ${meta.step} that the run has made, got ${steps}`);
}
