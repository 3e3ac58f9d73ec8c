import { createHash } from "node:crypto";
import { createReadStream } from "node:fs";
import { readdir } from "node:fs/promises";
import { basename, join, resolve } from "node:path";
import type { JobKind } from "@gmem/jobs";
import type { RunConfig } from "@gmem/runs";
import { checkInput } from "@gmem/runs/jobs";
import { didYouMean, GMemError, stopIfAborted } from "@gmem/tensor";
import { textHash } from "@gmem/weights";
import { cellFile, cellText } from "../frame/cell-file.ts";
import { checkStudy } from "../frame/check-study.ts";
import { computeCell, withContext } from "../frame/run-study.ts";
import type { Study } from "../frame/study.ts";
import { cellsOf, missingCells, type PlannedCell, type StudyPlace } from "../frame/study-result.ts";
import { studies } from "../studies/studies.ts";
import { whenFree } from "./when-free.ts";

export interface AskedStudy extends StudyPlace {
  /** Its name. */
  readonly study: string;
  readonly engine: RunConfig["engine"];
}

interface Settings {
  readonly study: string;
  readonly engine: RunConfig["engine"];
  /** The folder of `--data` by its whole path; cells keep it as it was typed. */
  readonly data?: string;
  readonly cells: readonly PlannedCell[];
}

/** The cells that a study lacks, each a shard, where `runStudy` finds them. */
export const studyJob: JobKind<AskedStudy> = {
  name: "study",
  place: ({ out }) => out,
  async plan({ study: name, engine, ...place }, work) {
    const study = studyOf(name);
    checkStudy(study);
    const { out, data } = place;
    const cells = missingCells(cellsOf(study, place), out);
    if (cells.length === 0) return undefined;
    const inputs = data === undefined ? {} : { data: await folderHash(data, work.signal) };
    const settings: Settings = { study: name, engine, cells, ...(data === undefined ? {} : { data: resolve(data) }) };
    return { settings, inputs, count: cells.length, shardSize: 1 };
  },
  async open(job, { scratch, hub, signal }) {
    const { study: name, engine, data, cells } = job.settings as Settings;
    const study = studyOf(name);
    if (data !== undefined)
      checkInput({ what: "pictures", found: await folderHash(data, signal), wanted: job.inputs.data });
    const out = join(scratch, `studies-${textHash([JSON.stringify([job.code, engine, job.inputs])])}`); // what is trained there is of these
    const options = {
      out,
      engine,
      ...(data === undefined ? {} : { data }),
      ...(hub && { hub }),
      ...(signal && { signal }),
    };
    return {
      async compute({ start }) {
        const cell = cells[start] as PlannedCell;
        const { configuration: _, ...input } = cell;
        const record = await withContext(options, (contextOf) =>
          whenFree(() => computeCell(study, cell, contextOf(cell.seed)), { signal }),
        );
        return { [`cells/${basename(cellFile(out, input))}`]: new TextEncoder().encode(cellText(record)) };
      },
      async close() {},
    };
  },
  async finish({ study: name, ...place }) {
    const left = missingCells(cellsOf(studyOf(name), place), place.out);
    if (left.length > 0)
      throw new GMemError("DATA", `study ${name}: must have its cells in ${place.out}, got ${left.length} missing`);
  },
};

/** @throws {GMemError} code `CONFIG` for a name that is no study's. */
function studyOf(name: string): Study {
  const found = studies[name];
  if (found) return found;
  throw new GMemError("CONFIG", `study: no study "${name}".${didYouMean(name, Object.keys(studies))}`);
}

/** Of the names and bytes of all files. @throws {GMemError} code `DATA` for no folder, or an empty one. */
async function folderHash(folder: string, signal: AbortSignal | undefined): Promise<string> {
  const found = await readdir(folder, { recursive: true, withFileTypes: true }).catch((cause: Error) => {
    throw new GMemError("DATA", `--data must be a folder of pictures, got ${folder}: ${cause.message}`, { cause });
  });
  const paths = found.filter((entry) => entry.isFile()).map(({ parentPath, name }) => join(parentPath, name));
  if (paths.length === 0) throw new GMemError("DATA", `--data must be a folder of pictures, got none in ${folder}`);
  const hash = createHash("sha256");
  for (const path of paths.sort()) {
    hash.update(`${path.slice(join(folder, "/").length).replaceAll("\\", "/")}\0`);
    for await (const bytes of createReadStream(path)) {
      stopIfAborted(signal, "study: stopped while its pictures are read");
      hash.update(bytes as Uint8Array);
    }
  }
  return hash.digest("hex").slice(0, 16);
}
