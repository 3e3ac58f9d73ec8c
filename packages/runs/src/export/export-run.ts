import { mkdir } from "node:fs/promises";
import { basename, join, resolve } from "node:path";
import { GMemError } from "@gmem/tensor";
import { contentHash, writeFileAtomic } from "@gmem/weights";
import { versions } from "../folder/versions.ts";
import type { Run } from "../open/open-run.ts";
import { type ExportedFile, type ExportPart, exportPart } from "./export-part.ts";
import { type PartName, partNames, partsOf, reasonToLeaveOut } from "./parts-of-run.ts";
import { storedParameters } from "./stored-parameters.ts";

export interface ExportRunOptions {
  /** Default: all that the run has. */
  readonly parts?: readonly PartName[] | undefined;
  readonly folder: string;
  /** Fixes the batch size; default: any. */
  readonly batch?: number | undefined;
  /**
   * The files, in the run's folder itself, read its weights where they lie, in half precision too: they are as large as
   * their nodes.
   */
  readonly shared?: boolean | undefined;
}

/** What `export.json` says. */
export interface ExportCard {
  readonly files: readonly ExportedFile[];
  /** Parts that nobody asked for by name and that the run has not, with the reason. */
  readonly leftOut: Readonly<Record<string, string>>;
  readonly [fact: string]: unknown;
}

/**
 * Backbone, sampler, tokenizer and encoder with the averaged weights, as ONNX files in one folder, beside `export.json`.
 * @throws {GMemError} code `CONFIG` or `WEIGHTS` for a part that was asked for and that the run has not.
 */
export async function exportRun(run: Run, options: ExportRunOptions): Promise<ExportCard> {
  const { parts, folder, batch, shared = false } = options;
  if (shared && resolve(folder) !== resolve(run.files.folder))
    throw new GMemError(
      "CONFIG",
      `export: files that share weights must lie in ${run.files.folder}, got ${folder}; leave the folder out`,
    );
  const storedOf = shared ? await storedParameters(run.files) : () => ({});
  await mkdir(folder, { recursive: true });
  const { opened, leftOut } = await openParts(run, parts);
  const files: ExportedFile[] = [];
  for (const one of opened)
    files.push(await exportPart(one, { path: join(folder, one.file), batch, stored: storedOf(one.parameters) }));
  return writeCard(run, { files, leftOut, folder });
}

/** What a run can be exported to, by name or all that it has. @throws {GMemError} as {@link exportRun}. */
export async function openParts(
  run: Run,
  parts: readonly PartName[] | undefined,
): Promise<{ readonly opened: readonly ExportPart[]; readonly leftOut: ExportCard["leftOut"] }> {
  const opened: ExportPart[] = [];
  const leftOut: Record<string, string> = {};
  for (const name of parts ?? partNames)
    opened.push(
      ...(await partsOf(name, run).catch((error: unknown) => {
        if (parts !== undefined) throw error;
        leftOut[name] = reasonToLeaveOut(error);
        return [];
      })),
    );
  return { opened, leftOut };
}

/** Writes export.json beside the files. */
export async function writeCard(
  run: Run,
  { files, leftOut, folder }: Pick<ExportCard, "files" | "leftOut"> & { readonly folder: string },
): Promise<ExportCard> {
  const facts = describe(run);
  const stored = { ...facts, files: files.map(withoutFolder), leftOut };
  await writeFileAtomic(join(folder, "export.json"), `${JSON.stringify(stored, null, 2)}\n`);
  return { ...facts, files, leftOut };
}

/** export.json lies beside the files. */
export const withoutFolder = ({ files, ...rest }: ExportedFile): ExportedFile => ({
  ...rest,
  files: files.map((path) => basename(path)),
});

/** What the files have in common. */
function describe({ config, model, parameters }: Run) {
  return {
    name: config.name,
    model: { hash: contentHash(parameters), backbone: model.backbone.name, conditioner: model.conditioner.name },
    time: "t = 0 is data, t = 1 is noise",
    image: { size: config.image.size, channels: "red, green, blue", layout: "[N,3,H,W]" },
    latent: model.backbone.latent,
    sampler: config.sampler,
    versions: versions(config),
  };
}
