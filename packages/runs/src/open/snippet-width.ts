import { existsSync } from "node:fs";
import { join } from "node:path";
import { listCheckpoints } from "@gmem/trainer";
import { openSafetensors } from "@gmem/weights";
import type { RunConfig } from "../config/schema.ts";
import { type RunFiles, runFiles } from "../folder/run-files.ts";
import { encoderWidths } from "../parts/encoder.ts";

/** Inputs of S-Adapters and caption adapters, and outputs of text adapters, whose widths are those of snippets. */
const ends = [
  [/(^|\/)t2s\.2\.weight$/, 0],
  [/(^|\/)condition_projection\.(linear|mlp\.0)\.weight$/, 1],
  [/(^|\/)caption_adapter\.0\.weight$/, 1],
] as const;

/**
 * d of a run in which text becomes a snippet: what its weights take, or those of the run that it begins with; before there are
 * any, the width of its encoder.
 */
export async function snippetWidth(config: RunConfig, files: RunFiles): Promise<number> {
  const start = config.start?.run;
  const known = (await widthIn(files)) ?? (start ? await widthIn(runFiles(start)) : undefined);
  return known ?? (await encoderWidths(config.encoder)).dim;
}

async function widthIn({ model, folder }: RunFiles): Promise<number | undefined> {
  const latest = existsSync(model) ? undefined : (await listCheckpoints(folder)).at(-1);
  const path = latest ? join(latest.path, "state.safetensors") : model;
  if (!existsSync(path)) return undefined;
  const file = await openSafetensors(path);
  await file.close();
  for (const [pattern, axis] of ends) {
    const name = Object.keys(file.tensors).find((one) => pattern.test(one));
    if (name !== undefined) return file.tensors[name]?.shape[axis];
  }
  return undefined;
}
