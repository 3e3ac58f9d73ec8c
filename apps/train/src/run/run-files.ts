import { existsSync, readFileSync } from "node:fs";
import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import { GMemError } from "@gmem/tensor";
import { writeFileAtomic } from "@gmem/weights";
import { checkConfig } from "../config/load.ts";
import type { RunConfig } from "../config/schema.ts";

/** Where a run folder keeps what. */
export const runFiles = (folder: string) => ({
  folder,
  config: join(folder, "config.json"),
  model: join(folder, "model.safetensors"),
  encoder: join(folder, "bank", "encoder.safetensors"),
  bank: join(folder, "bank", "bank.safetensors"),
  journal: join(folder, "bank", "bank.edits.jsonl"),
  samples: join(folder, "samples"),
  metrics: join(folder, "metrics.jsonl"),
  report: join(folder, "report.html"),
});

export type RunFiles = ReturnType<typeof runFiles>;

export const folderOf = ({ runs, name }: Pick<RunConfig, "runs" | "name">): string => join(runs, name);

interface StoredConfig {
  readonly config: Record<string, unknown>;
  readonly versions: Readonly<Record<string, string>>;
  /** Class names, for labels and pictures. */
  readonly classes: readonly string[];
}

/** Writes config.json: the resolved configuration, versions and class names. */
export async function writeConfig(
  files: RunFiles,
  stored: Omit<StoredConfig, "config"> & { readonly config: RunConfig },
): Promise<void> {
  await mkdir(files.samples, { recursive: true });
  await writeFileAtomic(files.config, `${JSON.stringify(stored, null, 2)}\n`);
}

/** @throws {GMemError} code `CONFIG` if the folder is no run, with what to do. */
export function readConfig(files: RunFiles): { readonly config: RunConfig; readonly classes: readonly string[] } {
  if (!existsSync(files.config))
    throw new GMemError(
      "CONFIG",
      `${files.folder}: must be a run folder with config.json; train one with \`gmem-train run\``,
    );
  let stored: StoredConfig;
  try {
    stored = JSON.parse(readFileSync(files.config, "utf8")) as StoredConfig;
  } catch (cause) {
    throw new GMemError("CONFIG", `${files.config}: must be JSON; restore it from a backup or train again`, { cause });
  }
  return { config: checkConfig(stored.config ?? {}, files.config), classes: stored.classes ?? [] };
}
