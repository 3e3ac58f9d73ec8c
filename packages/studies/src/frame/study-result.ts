import type { Interval } from "@gmem/metrics";
import { merge, type Tree } from "@gmem/runs";
import { type CellInput, type CellRecord, cellFile, readCell } from "./cell-file.ts";
import type { At, Study, StudySizeName } from "./study.ts";
import { type ClaimVerdict, judgeClaim, overSeeds } from "./verdict.ts";

/** A configuration with one seed. */
export interface PlannedCell extends CellInput {
  readonly configuration: string;
}

/** One number of the table. */
export interface StudyNumber extends Interval {
  readonly configuration: string;
  readonly metric: string;
  readonly seeds: number;
}

/** What came of a study. */
export interface StudyResult {
  readonly name: string;
  readonly size: StudySizeName;
  readonly data?: string;
  readonly seeds: readonly number[];
  readonly numbers: readonly StudyNumber[];
  readonly claims: readonly ClaimVerdict[];
  readonly cells: { readonly done: number; readonly total: number };
  /** That its cells took, whenever that was, those aside that do not say it. */
  readonly seconds: number;
  /** How many cells do not say it. */
  readonly untimed: number;
  /** Of the programs that computed the cells; more than one of a package says that they are of different ages. */
  readonly versions: Readonly<Record<string, readonly string[]>>;
}

export interface StudyPlace {
  readonly size: StudySizeName;
  /** Folder of cells, runs and results; studies share it. */
  readonly out: string;
  readonly data?: string;
}

/** The cells of a study, seed by seed: whoever looks early sees every configuration. */
export function cellsOf(study: Study, { size, data }: Pick<StudyPlace, "size" | "data">): readonly PlannedCell[] {
  const { seeds, settings, configurations = Object.keys(study.configurations) } = study.sizes[size];
  return seeds.flatMap((seed) =>
    configurations.map((configuration) => ({
      configuration,
      kind: study.cell.name,
      settings: merge(settings, study.configurations[configuration]?.settings as Tree),
      seed,
      ...(data === undefined ? {} : { data }),
    })),
  );
}

/** Those that the folder has not. @throws {GMemError} code `DATA` for a file that is no cell. */
export const missingCells = (cells: readonly PlannedCell[], out: string): readonly PlannedCell[] =>
  cells.filter((cell) => readCell(cellFile(out, cell)) === undefined);

/** What is known of a study by the cells that are there. @throws {GMemError} code `DATA` for a file that is no cell. */
export function studyResult(study: Study, place: StudyPlace): StudyResult {
  const planned = cellsOf(study, place);
  const cells = planned.flatMap((cell) => {
    const record = readCell(cellFile(place.out, cell));
    return record ? [{ ...cell, record }] : [];
  });
  const values = ([configuration, metric]: At): ReadonlyMap<number, number> =>
    new Map(
      cells
        .filter((cell) => cell.configuration === configuration && metric in cell.record.values)
        .map(({ seed, record }) => [seed, record.values[metric] as number]),
    );
  const numbers = [...new Set(planned.map(({ configuration }) => configuration))].flatMap((configuration) =>
    Object.keys(study.metrics).flatMap((metric): StudyNumber[] => {
      const found = [...values([configuration, metric]).values()];
      return found.length === 0 ? [] : [{ configuration, metric, seeds: found.length, ...overSeeds(found) }];
    }),
  );
  return {
    name: study.name,
    size: place.size,
    ...(place.data === undefined ? {} : { data: place.data }),
    seeds: study.sizes[place.size].seeds,
    numbers,
    claims: study.claims.map((claim) => judgeClaim(claim, values)),
    cells: { done: cells.length, total: planned.length },
    seconds: cells.reduce((sum, { record }) => sum + (record.seconds ?? 0), 0),
    untimed: cells.filter(({ record }) => record.seconds === undefined).length,
    versions: allVersions(cells.map(({ record }) => record)),
  };
}

function allVersions(records: readonly CellRecord[]): Record<string, string[]> {
  const found: Record<string, string[]> = {};
  for (const { versions } of records)
    for (const [name, version] of Object.entries(versions)) {
      found[name] ??= [];
      if (!found[name].includes(version)) found[name].push(version);
    }
  return found;
}
