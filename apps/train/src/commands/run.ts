import { existsSync } from "node:fs";
import { GMemError, isGMemError } from "@gmem/tensor";
import { presets } from "@gmem/trainer";
import { loadConfig } from "../config/load.ts";
import type { Tree } from "../config/overrides.ts";
import { self } from "../output/self.ts";
import { dryRun } from "../run/dry-run.ts";
import { folderOf, runFiles } from "../run/run-files.ts";
import { trainRun } from "../run/train-run.ts";
import { stopOnInterrupt } from "./interrupt.ts";

export interface RunOptions {
  readonly resume?: boolean;
  readonly dryRun?: boolean;
  readonly gpu?: string;
  readonly json?: boolean;
}

/** The configurations that presets stand for. */
export const presetTrees = (): Record<string, Tree> =>
  Object.fromEntries(
    Object.entries(presets).map(([name, { config }]) => [name, structuredClone(config) as unknown as Tree]),
  );

/** `gmem-train run`. */
export async function run(source: string, settings: readonly string[], options: RunOptions): Promise<void> {
  if (options.dryRun) {
    const { config, hasData } = await loadForDryRun(source, settings);
    return dryRun(config, { ...options, hasData });
  }
  const config = await loadConfig(source, { presets: presetTrees(), settings });
  const files = runFiles(folderOf(config));
  const resume = options.resume === true;
  if (!resume && existsSync(files.metrics))
    throw new GMemError(
      "CONFIG",
      `run: ${files.folder} holds a run already; continue it with --resume, or give another name=…`,
    );
  const again = `${self} run ${[source, ...settings].map(quoted).join(" ")} --resume`;
  const signal = stopOnInterrupt("saving a checkpoint; press Ctrl-C again to stop without");
  try {
    const result = await trainRun(config, { files, resume, signal });
    process.stdout.write(
      options.json
        ? `${JSON.stringify(result)}\n`
        : `${files.folder}: loss ${result.loss.toFixed(4)} after ${result.steps} steps\nreport  ${files.report}\nsample  ${self} sample ${files.folder}\n`,
    );
  } catch (error) {
    if (isGMemError(error, "ABORTED")) process.stderr.write(`continue with: ${again}\n`);
    throw error;
  }
}

/** A preset whose data is the user's can be looked at before there is any. */
async function loadForDryRun(source: string, settings: readonly string[]) {
  const presets = presetTrees();
  const hasData =
    presets[source] === undefined || "data" in presets[source] || settings.some((s) => s.startsWith("data="));
  const config = await loadConfig(source, { presets, settings: hasData ? settings : ["data=none", ...settings] });
  return { config, hasData };
}

const quoted = (word: string): string => (/^[\w./:=,@+-]+$/.test(word) ? word : `'${word.replaceAll("'", "'\\''")}'`);
