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
    missing: missing(config),
  }));
  if (json) {
    process.stdout.write(`${JSON.stringify(rows)}\n`);
    return;
  }
  const width = Math.max(...rows.map(({ name }) => name.length));
  for (const { name, ours, about, missing: parts } of rows)
    process.stdout.write(
      `${name.padEnd(width)}  ${ours ? "ours " : "paper"}  ${about}${parts === undefined ? "" : `\n${" ".repeat(width + 9)}${parts}`}\n`,
    );
}

/** What a preset needs that this release does not have. */
function missing({ tokenizer, encoder, backbone, objective, image, start }: Preset["config"]): string | undefined {
  const parts = [
    tokenizer.kind === "pixels" ? [] : [tokenizer.kind],
    encoder.kind === "patch-kmeans" ? [] : [encoder.kind],
    backbone.kind === "sit" ? [] : [backbone.kind],
    objective.repa ? ["REPA"] : [],
    image.flip ? ["flips"] : [],
    start ? [`the weights of ${start.preset}`] : [],
  ].flat();
  return parts.length === 0 ? undefined : `to come: ${parts.join(", ")}`;
}
