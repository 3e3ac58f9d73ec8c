import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import { type HubSettings, openEngine, type RunConfig, versions } from "@gmem/runs";
import { array, checkFinite, type Engine, stopIfAborted } from "@gmem/tensor";
import { type CellRecord, writeCell } from "./cell-file.ts";
import type { CellContext } from "./cell-kind.ts";
import { checkStudy } from "./check-study.ts";
import type { Study } from "./study.ts";
import {
  cellsOf,
  missingCells,
  type PlannedCell,
  type StudyPlace,
  type StudyResult,
  studyResult,
} from "./study-result.ts";

/** What a study says while it runs. */
export interface StudyProgress {
  readonly done: number;
  readonly total: number;
  /** Configuration and seed, and what is done for them. */
  readonly note: string;
  /** By the cells that this call computed; absent before the first. */
  readonly secondsLeft?: number;
}

export interface RunStudyOptions extends StudyPlace {
  /** Default onnxruntime on the CPU, as many threads as the machine has. */
  readonly engine?: RunConfig["engine"];
  readonly hub?: HubSettings;
  readonly onProgress?: (progress: StudyProgress) => void;
  /** Stops between two cells, and trainings between two steps, with code `ABORTED`: the next call goes on from there. */
  readonly signal?: AbortSignal;
}

/**
 * Computes the cells of a study that are not there yet, one after the other, and judges its claims by its rules. A process
 * that is killed loses at most the cell that it was at; a training goes on from its last checkpoint.
 * @throws {GMemError} code `CONFIG` for a study that does not hold together, `NON_FINITE` for a number that is none, `ABORTED`.
 * @example
 * // no-run
 * const result = await runStudy(studies.conditioning, { size: "quick", out: "studies" });
 * result.claims.map(({ text, verdict }) => `${verdict}: ${text}`);
 */
export async function runStudy(study: Study, options: RunStudyOptions): Promise<StudyResult> {
  checkStudy(study);
  const { out, onProgress, signal } = options;
  const planned = cellsOf(study, options);
  const missing = missingCells(planned, out);
  await mkdir(out, { recursive: true });
  const began = performance.now();
  await withContext(options, async (contextOf) => {
    for (const [i, cell] of missing.entries()) {
      const name = `${cell.configuration}, seed ${cell.seed}`;
      stopIfAborted(signal, `study ${study.name}: stopped before ${name}; the same call goes on`);
      const say = (note: string): void => onProgress?.(progress(note, { planned, missing, computed: i, began }));
      say(name);
      await compute(study, cell, { out, context: contextOf(cell.seed, (stage) => say(`${name}: ${stage}`)) });
    }
  });
  onProgress?.({ done: planned.length, total: planned.length, note: "judged", secondsLeft: 0 });
  return studyResult(study, options);
}

interface Work {
  readonly planned: readonly PlannedCell[];
  readonly missing: readonly PlannedCell[];
  readonly computed: number;
  readonly began: number;
}

function progress(note: string, { planned, missing, computed, began }: Work): StudyProgress {
  const perCell = (performance.now() - began) / 1000 / computed;
  return {
    done: planned.length - missing.length + computed,
    total: planned.length,
    note,
    ...(computed === 0 ? {} : { secondsLeft: perCell * (missing.length - computed) }),
  };
}

async function compute(
  study: Study,
  cell: PlannedCell,
  { out, context }: { readonly out: string; readonly context: CellContext },
): Promise<void> {
  const began = performance.now();
  const { versions: of, ...record } = await computeCell(study, cell, context);
  await writeCell(out, { ...record, seconds: (performance.now() - began) / 1000, versions: of });
}

/** A cell, without the time that it took. @throws {GMemError} code `NON_FINITE` for a number that is none. */
export async function computeCell(
  study: Study,
  { configuration, ...input }: PlannedCell,
  context: CellContext,
): Promise<CellRecord> {
  const values = await study.cell.compute(input.settings, context);
  checkFinite(Object.fromEntries(Object.entries(values).map(([name, value]) => [name, array([value], [1], "f64")])), {
    where: `study ${study.name}, ${configuration}, seed ${input.seed}`,
  });
  return { ...input, values, versions: versions() };
}

const usualEngine: RunConfig["engine"] = { kind: "onnx", device: "cpu", threads: null };

/** Contexts of cells over one engine, which is opened when the first one asks for it. */
export async function withContext<T>(
  { out, data, hub, signal, engine: settings = usualEngine }: Omit<RunStudyOptions, "size" | "onProgress">,
  work: (contextOf: (seed: number, say?: (stage: string) => void) => CellContext) => Promise<T>,
): Promise<T> {
  let engine: Promise<Engine> | undefined;
  try {
    return await work((seed, say) => ({
      seed,
      engine() {
        engine ??= openEngine(settings);
        return engine;
      },
      engineSettings: settings,
      runs: join(out, "runs"),
      ...(data === undefined ? {} : { data }),
      ...(hub ? { hub } : {}),
      ...(signal ? { signal } : {}),
      onProgress: ({ stage, done, total }) => say?.(`${stage} ${done}/${total}`),
    }));
  } finally {
    await (await engine)?.dispose();
  }
}
