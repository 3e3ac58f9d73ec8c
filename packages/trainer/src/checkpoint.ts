import { readdir, readFile, stat, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { GMemError, type Named, type NDArray } from "@gmem/tensor";
import { readSafetensors, writeSafetensors } from "@gmem/weights";
import { guardDisk } from "./disk-full.ts";
import { removeFolder, writeFolder } from "./durable.ts";
import type { LossTrend } from "./loss-trend.ts";

/** What stands beside the tensors of a checkpoint. All randomness is keyed by seed and step, so it needs no more. */
export interface CheckpointMeta {
  /** Steps done, skipped ones included; the data and all draws continue from here. */
  readonly step: number;
  /** Optimizer updates made: what the bias corrections and the warm-up of the average count. */
  readonly updates: number;
  /** Steps skipped for a value that was not finite. */
  readonly skipped: number;
  /** How many of them came last, in a row. */
  readonly skippedInARow: number;
  /** How the loss has gone. */
  readonly trend?: LossTrend | undefined;
  readonly seed: number;
  /** Everything that decides what a step computes; a resumed run must have the same. */
  readonly config: Json;
  /** Fingerprint of the training set's content. */
  readonly dataId: string;
  /** What `evaluate` measured here, and the step's own numbers. */
  readonly metrics: Named<number | null>;
  readonly versions: Named<string>;
  /** Size of `state.safetensors`: a shorter file is not a checkpoint. */
  readonly bytes: number;
}

export type Json = null | boolean | number | string | readonly Json[] | { readonly [name: string]: Json };

/** A complete checkpoint on disk. */
export interface Checkpoint {
  readonly path: string;
  readonly meta: CheckpointMeta;
}

/** Which checkpoints stay. */
export interface Retention {
  /** How many of the latest. */
  readonly keep: number;
  /** And the one with the best value of a metric, ties to the earlier. */
  readonly best?: BestMetric;
}

/** `loss`, a part of it, or a name that `evaluate` returns. */
export interface BestMetric {
  readonly metric: string;
  readonly goal: "min" | "max";
}

const parentOf = (run: string): string => join(run, "checkpoints");
export const checkpointPath = (run: string, step: number): string =>
  join(parentOf(run), `step-${String(step).padStart(6, "0")}`);

/**
 * Writes `checkpoints/step-…/{state.safetensors,meta.json}` whole or not at all.
 * @throws {GMemError} code `DISK_FULL`; earlier checkpoints are as they were.
 */
export async function writeCheckpoint(
  run: string,
  state: Named<NDArray>,
  meta: Omit<CheckpointMeta, "bytes">,
): Promise<Checkpoint> {
  const path = checkpointPath(run, meta.step);
  return guardDisk(`writing ${path}`, async () => {
    let whole: CheckpointMeta | undefined;
    await writeFolder(path, async (draft) => {
      const file = join(draft, "state.safetensors");
      await writeSafetensors(file, state, { metadata: { step: String(meta.step), format: "gmem-train-state" } });
      whole = { ...meta, bytes: (await stat(file)).size };
      await writeFile(join(draft, "meta.json"), `${JSON.stringify(whole, null, 2)}\n`);
    });
    return { path, meta: whole as CheckpointMeta };
  });
}

/** The complete checkpoints of a run, oldest first; half-written or cut ones are not among them. */
export async function listCheckpoints(run: string): Promise<readonly Checkpoint[]> {
  const found = await Promise.all((await stepFolders(run)).map(readMeta));
  return found.filter((checkpoint) => checkpoint !== undefined).sort((a, b) => a.meta.step - b.meta.step);
}

/** Folders of checkpoints that {@link listCheckpoints} leaves out: cut short, or without their `meta.json`. */
export async function damagedCheckpoints(run: string): Promise<readonly string[]> {
  const folders = await stepFolders(run);
  const whole = await Promise.all(folders.map(readMeta));
  return folders.filter((_, i) => whole[i] === undefined);
}

async function stepFolders(run: string): Promise<readonly string[]> {
  const names = await readdir(parentOf(run)).catch((error: NodeJS.ErrnoException) => {
    if (error.code === "ENOENT") return [];
    throw error;
  });
  return names.filter((name) => /^step-\d{6,}$/.test(name)).map((name) => join(parentOf(run), name));
}

const stepOf = (path: string): number => Number(/\d+$/.exec(path)?.[0]);

async function readMeta(path: string): Promise<Checkpoint | undefined> {
  try {
    const meta = JSON.parse(await readFile(join(path, "meta.json"), "utf8")) as CheckpointMeta;
    const { size } = await stat(join(path, "state.safetensors"));
    return Number.isSafeInteger(meta.step) && size === meta.bytes ? { path, meta } : undefined;
  } catch (error) {
    const { code = "" } = error as NodeJS.ErrnoException;
    if (error instanceof SyntaxError || ["ENOENT", "ENOTDIR"].includes(code)) return undefined;
    throw error;
  }
}

/** The tensors of a checkpoint, under the names of the train state: `model/…`, `ema/…`, `exp_avg/…`, `exp_avg_sq/…`. */
export const readCheckpoint = async (checkpoint: Checkpoint): Promise<Named<NDArray>> =>
  (await readSafetensors(join(checkpoint.path, "state.safetensors"))).tensors;

/** The checkpoint with the best value of a metric. */
export function bestCheckpoint(all: readonly Checkpoint[], { metric, goal }: BestMetric): Checkpoint | undefined {
  const sign = goal === "min" ? 1 : -1;
  const value = ({ meta }: Checkpoint): number => {
    const found = meta.metrics[metric];
    return typeof found === "number" ? sign * found : Number.POSITIVE_INFINITY;
  };
  return all.reduce<Checkpoint | undefined>(
    (best, c) => (value(c) < (best ? value(best) : Number.POSITIVE_INFINITY) ? c : best),
    undefined,
  );
}

/**
 * Deletes the checkpoints that retention does not keep, and damaged ones that a whole one has gone past.
 * @throws {GMemError} code `CONFIG` if none would be kept.
 */
export async function pruneCheckpoints(run: string, { keep, best }: Retention): Promise<void> {
  if (!(keep >= 1)) throw new GMemError("CONFIG", `checkpoint.keep: must be at least 1, got ${keep}`);
  const all = await listCheckpoints(run);
  const kept = new Set([...all.slice(-keep), ...(best ? [bestCheckpoint(all, best)] : [])]);
  for (const checkpoint of all) if (!kept.has(checkpoint)) await removeFolder(checkpoint.path);
  const last = all.at(-1);
  if (last)
    for (const path of await damagedCheckpoints(run)) if (stepOf(path) < last.meta.step) await removeFolder(path);
}
