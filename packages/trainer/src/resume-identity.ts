import { createRequire } from "node:module";
import { differences, type Engine, GMemError, mapNamed, type Named } from "@gmem/tensor";
import type { Checkpoint, Json } from "./checkpoint.ts";
import { dataId } from "./data-id.ts";
import type { ResolvedOptions } from "./train-options.ts";

type Settings = Readonly<Record<string, Json>>;

/** What a checkpoint stands for: it is stored in each of them, and a run that continues one must have the same. */
export interface ResumeIdentity {
  /** Everything that decides what a step computes. */
  readonly config: Settings;
  readonly dataId: string;
}

/** The identity of the run that these options describe. */
export const resumeIdentity = async (options: ResolvedOptions): Promise<ResumeIdentity> => ({
  config: stepConfig(options),
  dataId: options.dataId ?? (await dataId(options.data)),
});

function stepConfig(options: ResolvedOptions): Settings {
  const { learner, batchSize, accumulate, seed, optimizer, ema, schedule, config } = options;
  const all = {
    ...learner.identity,
    parameters: mapNamed(learner.avals(), ({ shape }) => shape),
    batchSize,
    accumulate,
    seed,
    optimizer,
    ema,
    schedule,
    ...(config === undefined ? {} : { config }),
  };
  return JSON.parse(JSON.stringify(all)) as Settings; // functions and absent values drop out
}

/**
 * Refuses to continue with other settings; those that are not given are not compared. `config` is the caller's own.
 * @throws {GMemError} code `CONFIG` naming the first that differs.
 * @example
 * // no-run
 * const latest = (await listCheckpoints("runs/scenes")).at(-1);
 * if (latest) checkSameSettings(latest, { seed: 0, batchSize: 16 });
 */
export function checkSameSettings({ meta }: Pick<Checkpoint, "meta">, settings: Readonly<Record<string, Json>>): void {
  const found = firstChange(meta.config, settings);
  if (found === undefined) return;
  const steps = /^schedule\.steps was (\d+)/.exec(found)?.[1];
  const keep = steps === undefined ? "undo it" : `set schedule.steps=${steps} to keep the schedule while steps grow`;
  throw new GMemError(
    "CONFIG",
    `train: a resumed run must keep its settings, got a change: ${found}; ${keep}, or start a run of another name`,
  );
}

/** "optimizer.lr was 0.1 and is 0.2": the first of some settings that differs from what was before. */
export function firstChange(before: Json, settings: Settings): string | undefined {
  for (const [name, value] of Object.entries(settings)) {
    const [was, is] = [(before as Settings)[name] ?? null, value].map((side) =>
      name === "schedule" ? withoutLength(side) : side,
    );
    const [first] = differences(was, is, name === "config" ? "" : name);
    if (first === undefined) continue;
    const [old, own] = [first.before, first.now].map((side) => JSON.stringify(side ?? null));
    return `${first.at || "the configuration"} was ${old} and is ${own}`;
  }
  return undefined;
}

/** A constant rate has no length and no floor. */
function withoutLength(schedule: Json): Json {
  const { kind, warmup } = (schedule ?? {}) as Settings;
  return kind === "constant" ? { kind, warmup: warmup ?? 0 } : schedule;
}

/** What made a checkpoint. */
export const versions = (engine: Engine): Named<string> => ({
  "@gmem/trainer": ownVersion(),
  engine: engine.name,
  node: process.versions.node,
});

function ownVersion(): string {
  try {
    return (createRequire(import.meta.url)("../package.json") as { readonly version: string }).version;
  } catch {
    return "bundled"; // into a program that has no package.json beside it
  }
}
