import { GMemError } from "@gmem/tensor";
import { presets } from "@gmem/trainer";
import { stringify } from "yaml";
import { checkConfig } from "../config/load.ts";
import { didYouMean } from "../config/suggest.ts";
import { presetTrees } from "./run.ts";

/** `gmem-train presets`. */
export function listPresets(name: string | undefined, { json }: { readonly json?: boolean }): void {
  if (name !== undefined) {
    const preset = presets[name];
    if (!preset)
      throw new GMemError("CONFIG", `presets: no preset "${name}".${didYouMean(name, Object.keys(presets))}`);
    process.stdout.write(json ? `${JSON.stringify(preset)}\n` : `# ${preset.about}\n${stringify(preset.config)}`);
    return;
  }
  const trees = presetTrees();
  const rows = Object.values(presets).map(({ name, ours, about }) => ({
    name,
    ours,
    about,
    runs: missing(trees[name] ?? {}, name),
  }));
  if (json) {
    process.stdout.write(`${JSON.stringify(rows)}\n`);
    return;
  }
  const width = Math.max(...rows.map(({ name }) => name.length));
  for (const { name, ours, about, runs } of rows)
    process.stdout.write(
      `${name.padEnd(width)}  ${ours ? "ours " : "paper"}  ${about}${runs === undefined ? "" : `\n${" ".repeat(width + 9)}${runs}`}\n`,
    );
}

/** Why a preset cannot run as it is, if so. */
function missing(tree: Record<string, unknown>, name: string): string | undefined {
  try {
    checkConfig({ data: "a folder", ...tree }, name);
    return undefined;
  } catch (error) {
    return `needs parts of a later release: ${(error as Error).message.replace(`${name}: `, "")}`;
  }
}
