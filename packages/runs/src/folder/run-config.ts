import { existsSync, readFileSync } from "node:fs";
import { mkdir } from "node:fs/promises";
import { GMemError } from "@gmem/tensor";
import { writeFileAtomic } from "@gmem/weights";
import { checkConfig } from "../config/load.ts";
import type { RunConfig } from "../config/schema.ts";
import type { Tree } from "../config/tree.ts";
import type { RunFiles } from "./run-files.ts";

/** What `config.json` holds. */
export interface StoredRun {
  readonly config: RunConfig;
  /** What made the run. */
  readonly versions: Readonly<Record<string, string>>;
  /** Class names, for labels and pictures; empty without labels. */
  readonly classes: readonly string[];
}

/** Writes `config.json`: the resolved configuration, versions and class names. */
export async function writeRunConfig(files: RunFiles, stored: StoredRun): Promise<void> {
  await mkdir(files.samples, { recursive: true });
  await writeFileAtomic(files.config, `${JSON.stringify(stored, null, 2)}\n`);
}

/** @throws {GMemError} code `CONFIG` if the folder is no run, with what to do. */
export function readRunConfig(files: RunFiles): StoredRun {
  if (!existsSync(files.config))
    throw new GMemError(
      "CONFIG",
      `${files.folder}: must be a run folder with config.json; train one with \`gmem-train run\``,
    );
  let stored: Partial<Omit<StoredRun, "config">> & { readonly config?: Tree };
  try {
    stored = JSON.parse(readFileSync(files.config, "utf8"));
  } catch (cause) {
    throw new GMemError("CONFIG", `${files.config}: must be JSON; restore it from a backup or train again`, { cause });
  }
  const { config = {}, versions = {}, classes = [] } = stored;
  return { config: checkConfig(config, files.config), versions, classes };
}
