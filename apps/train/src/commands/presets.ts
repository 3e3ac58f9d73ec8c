import { GMemError } from "@gmem/tensor";
import { type Preset, presets } from "@gmem/trainer";
import { stringify } from "yaml";
import { didYouMean } from "../config/suggest.ts";

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
    ...{ name, ours, about },
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
function needs({ data, tokenizer, encoder, start }: Preset["config"]): string {
  const files = [
    data === undefined ? ["data"] : [],
    tokenizer.kind === "pixels" ? [] : ["tokenizer.weights"],
    tokenizer.kind === "va-vae" ? ["tokenizer.statistics"] : [],
    encoder.kind === "patch-kmeans" ? [] : ["encoder.weights"],
    start ? [`start.run (${start.preset} after ${start.steps} steps)`] : [],
  ].flat();
  return files.join(", ");
}
