import { existsSync } from "node:fs";
import { basename, dirname, normalize } from "node:path";
import { checkConfig } from "../config/load.ts";
import { applyOverrides } from "../config/overrides.ts";
import { checkSceneKeys } from "../config/scene-keys.ts";
import type { RunConfig } from "../config/schema.ts";
import type { Tree } from "../config/tree.ts";
import { readRunConfig } from "./run-config.ts";
import { runFiles } from "./run-files.ts";

/** True for a folder that {@link loadRun} reads. */
export const isRunFolder = (path: string): boolean => existsSync(runFiles(path).config);

/**
 * The configuration that a run folder holds, with settings applied, under the name that the folder has now.
 * @throws {GMemError} code `CONFIG` if it is no run, or for settings that are wrong.
 * @example
 * // no-run
 * const config = loadRun("runs/mine", ["steps=3000"]);
 */
export function loadRun(folder: string, settings: readonly string[]): RunConfig {
  const { config } = readRunConfig(runFiles(folder));
  const path = normalize(folder);
  const tree = { ...config, name: basename(path), runs: dirname(path) } as unknown as Tree;
  const set = applyOverrides(tree, settings);
  checkSceneKeys(applyOverrides({}, settings), set);
  return checkConfig(set, folder);
}
