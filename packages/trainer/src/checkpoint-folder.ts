import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import { GMemError, type Named, type NDArray } from "@gmem/tensor";
import { writeSafetensors } from "@gmem/weights";
import {
  type Checkpoint,
  type CheckpointMeta,
  listCheckpoints,
  pruneCheckpoints,
  readCheckpoint,
  writeCheckpoint,
} from "./checkpoint.ts";
import { configDifference } from "./config-difference.ts";
import { guardDisk } from "./disk-full.ts";
import { removeDrafts } from "./durable.ts";
import { type MetricsLine, openMetricsLog } from "./metrics-log.ts";
import type { ResumeIdentity } from "./resume-identity.ts";
import { lockRun } from "./run-lock.ts";
import type { CheckpointOptions } from "./train-options.ts";

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
}

/**
 * Locks the folder of a run and finds where to continue.
 * @throws {GMemError} code `LOCKED` if another process writes there, `CHECKPOINT` if the folder is used and `resume` is
 * not set, `CONFIG` or `DATA` if the checkpoint was made with other settings or other data.
 */
export async function openCheckpointFolder(options: OpenFolderOptions): Promise<CheckpointFolder> {
  const { folder, keep = 3, best } = options;
  const lock = await lockRun(folder);
  try {
    const parent = join(folder, "checkpoints");
    await mkdir(parent, { recursive: true });
    await removeDrafts(parent);
    const latest = (await listCheckpoints(folder)).at(-1);
    if (latest) checkIdentity(latest, options);
    const retention = { keep, ...(best ? { best } : {}) };
    await pruneCheckpoints(folder, retention); // a resumed run that keeps fewer makes room before it writes
    const log = await openMetricsLog(folder, { step: latest?.meta.step ?? 0 });
    return {
      ...(latest ? { resumed: { meta: latest.meta, state: await readCheckpoint(latest) } } : {}),
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
      close: () => lock.release(),
    };
  } catch (error) {
    await lock.release();
    throw error;
  }
}

function checkIdentity({ path, meta }: Checkpoint, { identity: { config, dataId }, resume }: OpenFolderOptions): void {
  if (!resume)
    throw new GMemError(
      "CHECKPOINT",
      `train: a new run needs an unused folder, got ${path} in it; pass resume: true to continue it, or choose another name`,
    );
  const difference = configDifference(meta.config, config);
  if (difference !== undefined)
    throw new GMemError(
      "CONFIG",
      `train: a resumed run must keep its settings, got a change: ${difference}; undo it, or start a run of another name`,
    );
  if (meta.dataId !== dataId)
    throw new GMemError(
      "DATA",
      `train: a resumed run must keep its data, got other content than at ${path}; restore the data, or start a run of another name`,
    );
}
