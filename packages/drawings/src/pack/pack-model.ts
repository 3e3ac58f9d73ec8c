import { existsSync } from "node:fs";
import { mkdir, readdir, readFile, rm, stat } from "node:fs/promises";
import { dirname, join } from "node:path";
import { saveBank } from "@gmem/memory-bank";
import { newFolder, openRun, type Run, runFiles } from "@gmem/runs";
import { openAnyBank, toDtype } from "@gmem/runs/convert";
import { exportForBrowser } from "@gmem/runs/export";
import { checkOptions, type Engine, GMemError, type OptionTable } from "@gmem/tensor";
import { openSafetensors, writeFileAtomic } from "@gmem/weights";

export interface PackOptions {
  /** `key=value` settings of the run, such as sampler.steps=8. */
  readonly settings?: readonly string[];
  /** A run or bank folder whose bank goes along where the run itself has none. */
  readonly bank?: string;
  /** Whether the learned encoder of its snippets goes along, which takes pictures; default true. */
  readonly encoder?: boolean;
  /** Default: the one of the run. */
  readonly engine?: Engine;
}

/** What was written. */
export interface PackedModel {
  readonly folder: string;
  /** Bytes of each file, by its path in the folder. */
  readonly files: Readonly<Record<string, number>>;
  readonly bytes: number;
}

const table: OptionTable<PackOptions> = {
  settings: "optional",
  bank: "optional",
  encoder: "optional",
  engine: "optional",
};

/**
 * Makes a folder of a run that is conditioned on text that `drawings({ model })` opens, in Node and in browsers: the run in half
 * precision, and programs for onnxruntime-web that read its weights where they lie.
 * @throws {GMemError} code `CONFIG` for a run that is not conditioned on text, or whose sampler or text encoder no program can be
 * made of; `BANK` for a bank of another encoder; those of `convert --dtype f16`. The folder appears whole or not at all.
 * @example
 * // no-run
 * await packModel("runs/drawings-text", "public/model", { bank: "runs/drawings" });
 */
export async function packModel(source: string, out: string, options: PackOptions = {}): Promise<PackedModel> {
  checkOptions("packModel", options, table);
  const { settings = [], bank, encoder = true, engine } = options;
  await newFolder(out, async (draft) => {
    await inHalfPrecision(source, draft, settings);
    await withoutPlaces(draft);
    if (bank !== undefined) await addBank(bank, draft);
    if (!encoder) await rm(runFiles(draft).encoder, { force: true });
    await rm(runFiles(draft).samples, { recursive: true, force: true });
    const run = await openRun(draft, engine ? { engine } : {});
    try {
      await writePrograms(run, draft);
    } finally {
      await run.close();
    }
  });
  const files = await sizes(out);
  return { folder: out, files, bytes: Object.values(files).reduce((sum, size) => sum + size, 0) };
}

async function inHalfPrecision(source: string, draft: string, settings: readonly string[]): Promise<void> {
  const conversion = await toDtype({ source, out: draft, settings, options: { dtype: "f16" } });
  try {
    await conversion.write();
  } finally {
    await conversion.close();
  }
}

/** Where things lay on the machine that trained it says nothing elsewhere. */
async function withoutPlaces(draft: string): Promise<void> {
  const { config: path } = runFiles(draft);
  const stored = JSON.parse(await readFile(path, "utf8")) as { readonly config: Record<string, unknown> };
  const tokenizer = stored.config.tokenizer as Record<string, unknown>;
  const config = {
    ...stored.config,
    name: "model",
    runs: ".",
    start: null,
    texts: null,
    tokenizer: tokenizer.kind === "trained" ? { ...tokenizer, folder: null } : tokenizer,
  };
  await writeFileAtomic(path, `${JSON.stringify({ ...stored, config }, null, 2)}\n`);
}

/** The bank of another folder, for a run that was trained without one. */
async function addBank(from: string, draft: string): Promise<void> {
  const files = runFiles(draft);
  if (existsSync(files.bank)) return;
  const { encoder } = (await metadataOf(files.model)) as { readonly encoder?: string };
  const { bank } = await openAnyBank(from);
  try {
    if (encoder !== undefined && bank.encoderId !== encoder)
      throw new GMemError("BANK", `packModel: the bank must be of ${encoder}, got ${bank.encoderId} in ${from}`);
    await mkdir(dirname(files.bank), { recursive: true });
    await saveBank(bank, files.bank, { floats: "f16" });
  } finally {
    await bank.close();
  }
}

async function writePrograms(run: Run, folder: string): Promise<void> {
  const { config, textEncoder } = run;
  if (!textEncoder)
    throw new GMemError(
      "CONFIG",
      `packModel: needs a run that is conditioned on text, got conditioner.kind=${config.conditioner.kind}`,
    );
  await exportForBrowser(run, { folder, shared: true });
}

async function metadataOf(path: string): Promise<Readonly<Record<string, string>>> {
  const file = await openSafetensors(path);
  await file.close();
  return file.metadata;
}

async function sizes(folder: string): Promise<Readonly<Record<string, number>>> {
  const names = (await readdir(folder, { recursive: true, withFileTypes: true })).filter((entry) => entry.isFile());
  const found = names.map(async ({ parentPath, name }) => {
    const path = join(parentPath, name);
    return [path.slice(folder.length + 1).replaceAll("\\", "/"), (await stat(path)).size] as const;
  });
  return Object.fromEntries((await Promise.all(found)).sort(([a], [b]) => (a < b ? -1 : 1)));
}
