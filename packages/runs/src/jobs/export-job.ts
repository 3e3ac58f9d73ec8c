import { mkdir, mkdtemp, readFile, rename, rm, writeFile } from "node:fs/promises";
import { basename, join } from "node:path";
import type { JobKind } from "@gmem/jobs";
import { GMemError } from "@gmem/tensor";
import { type ExportedFile, exportPart } from "../export/export-part.ts";
import { type ExportCard, openParts, withoutFolder, writeCard } from "../export/export-run.ts";
import type { PartName } from "../export/parts-of-run.ts";
import type { Run } from "../open/open-run.ts";
import { filesIn } from "./files-in.ts";
import { openPutRun, putRun } from "./run-in-store.ts";

/** As `exportRun` takes it. */
export interface AskedExport {
  readonly run: Run;
  readonly parts?: readonly PartName[] | undefined;
  readonly batch?: number | undefined;
  readonly folder: string;
  /** A new folder beside it, from which {@link joinExport} moves what has come. */
  readonly draft: string;
}

interface Settings {
  readonly run: string;
  readonly parts?: readonly PartName[];
  readonly batch?: number;
  /** Names of the programs, a shard each. */
  readonly files: readonly string[];
}

/** Says what a program takes and gives; beside it until all are there. */
const facts = (file: string): string => `${file}.json`;

/** The programs of a run as ONNX files, each a shard. */
export const exportJob: JobKind<AskedExport> = {
  name: "export",
  place: ({ draft }) => draft,
  async plan({ run, parts, batch }, { store }) {
    const { opened } = await openParts(run, parts); // what the run has not is said here
    const hash = await putRun(run.files.folder, { store });
    const files = opened.map(({ file }) => file);
    const settings: Settings = { run: hash, files, ...(parts && { parts }), ...(batch !== undefined && { batch }) };
    return { settings, inputs: { run: hash }, count: files.length, shardSize: 1 };
  },
  async open(job, context) {
    const { run: hash, parts, batch, files } = job.settings as Settings;
    const run = await openPutRun(hash, context);
    const { scratch } = context;
    return {
      async compute({ start }) {
        const { opened } = await openParts(run, parts);
        const part = opened.find(({ file }) => file === files[start]);
        if (!part) throw new GMemError("DATA", `export: a run must have its ${files[start]}, got none here`);
        await mkdir(scratch, { recursive: true });
        const draft = await mkdtemp(join(scratch, "export-"));
        try {
          const found = await exportPart(part, { path: join(draft, part.file), batch });
          await writeFile(join(draft, facts(part.file)), JSON.stringify(withoutFolder(found)));
          return await filesIn(draft);
        } finally {
          await rm(draft, { recursive: true, force: true });
        }
      },
      close: () => run.close(),
    };
  },
  async finish(asked) {
    await joinExport(asked);
  },
};

/** Moves programs that many processes wrote from the draft into their folder, and writes export.json last. */
export async function joinExport({ run, parts, folder, draft }: AskedExport): Promise<ExportCard> {
  const { opened, leftOut } = await openParts(run, parts);
  await mkdir(folder, { recursive: true });
  const files: ExportedFile[] = [];
  for (const { file } of opened) {
    const found = JSON.parse(await readFile(join(draft, facts(file)), "utf8")) as ExportedFile;
    for (const name of found.files) await rename(join(draft, name), join(folder, basename(name)));
    files.push({ ...found, files: found.files.map((name) => join(folder, name)) });
  }
  await rm(draft, { recursive: true, force: true });
  return writeCard(run, { files, leftOut, folder });
}
