import { checkConfig, didYouMean, merge, type Preset, presets, type Tree } from "@gmem/runs";
import { GMemError } from "@gmem/tensor";
import { stringify } from "yaml";

/** `gmem-train presets`. */
export function listPresets(name: string | undefined, { json }: { readonly json?: boolean }): void {
  if (name !== undefined) {
    const preset = presets[name];
    if (!preset)
      throw new GMemError("CONFIG", `presets: no preset "${name}".${didYouMean(name, Object.keys(presets))}`);
    process.stdout.write(json ? `${JSON.stringify(preset)}\n` : `# ${preset.about}\n${stringify(preset.config)}`);
    return;
  }
  const rows = Object.values(presets).map(({ name, ours, about, config }) => ({
    name,
    ours,
    about,
    needs: needs(config),
  }));
  if (json) {
    process.stdout.write(`${JSON.stringify(rows)}\n`);
    return;
  }
  const width = Math.max(...rows.map(({ name }) => name.length));
  for (const { name, ours, about, needs: files } of rows)
    process.stdout.write(
      `${name.padEnd(width)}  ${ours ? "ours " : "paper"}  ${about}${files === "" ? "" : `\n${" ".repeat(width + 9)}needs ${files}`}\n`,
    );
}

/** The files that a preset takes from its user. */
function needs(preset: Preset["config"]): string {
  const { tokenizer, encoder, start } = checkConfig(merge({ data: "" }, preset as Tree), preset.name);
  const files = [
    preset.data === undefined ? ["data"] : [],
    "weights" in tokenizer ? ["tokenizer.weights"] : [],
    "statistics" in tokenizer ? ["tokenizer.statistics"] : [],
    "weights" in encoder ? ["encoder.weights"] : [],
    start ? [`start.run (${start.preset} after ${start.steps} steps)`] : [],
  ].flat();
  return files.join(", ");
}
