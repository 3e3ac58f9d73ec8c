import { basename, normalize } from "node:path";
import { isRunFolder } from "@gmem/runs";
import { GMemError } from "@gmem/tensor";

/** A run by the name that requests give it. */
export interface NamedRun {
  readonly name: string;
  readonly folder: string;
}

/**
 * Run folders of a command line, each `FOLDER` or `NAME=FOLDER`, by their names. Requests name runs by these alone: no part of
 * a request becomes a path.
 * @throws {GMemError} code `CONFIG` for a folder that is no run, or a name that is no word or is taken.
 */
export function namedRuns(given: readonly string[]): readonly NamedRun[] {
  const runs: NamedRun[] = [];
  for (const word of given) {
    const at = word.indexOf("=");
    const folder = normalize(word.slice(at + 1));
    const name = at > 0 ? word.slice(0, at) : basename(folder);
    if (!isRunFolder(folder))
      throw new GMemError(
        "CONFIG",
        `gmem-serve: ${folder} must be a run folder with config.json, got none; train one with \`gmem-train run\`, or the demo's with \`npm run demo\``,
      );
    if (!/^[\p{L}\p{N}][\p{L}\p{N}._-]{0,99}$/u.test(name))
      throw new GMemError(
        "CONFIG",
        `gmem-serve: a run's name must be letters, digits, dots and dashes, got "${name}"; give it one, such as mine=${folder}`,
      );
    if (runs.some((run) => run.name === name))
      throw new GMemError(
        "CONFIG",
        `gmem-serve: runs must have different names, got "${name}" twice; give one, such as other=${folder}`,
      );
    runs.push({ name, folder });
  }
  return runs;
}
