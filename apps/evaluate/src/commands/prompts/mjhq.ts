import { existsSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { type MjhqPrompt, measureGroups, mjhqPrompts } from "@gmem/metrics";
import { type ExtractedSet, extractFeatures, pictureSource, usualProtocol } from "@gmem/metrics/folders";
import { evaluationText } from "@gmem/report/evaluation";
import { counted, GMemError } from "@gmem/tensor";
import { say } from "@gmem/terminal";
import { evaluationOf, numberOf } from "../../evaluation-of.ts";
import { openReading, type ReadingFlags } from "../../reading.ts";
import { writeEvaluation } from "../../write-evaluation.ts";
import { type DrawingFlags, drawFolder } from "./draw-folder.ts";

export interface MjhqFlags extends ReadingFlags, Pick<DrawingFlags, "seed"> {
  readonly metadata: string;
  readonly out: string;
  readonly reference?: string;
}

/** `gmem-evaluate prompts mjhq`: pictures of its prompts, and their distance to the reference, overall and by category. */
export async function mjhq(run: string | undefined, flags: MjhqFlags): Promise<void> {
  const { metadata, out, reference, json } = flags;
  if (run === undefined && reference === undefined)
    throw new GMemError("CONFIG", "prompts mjhq: takes a run to draw with, --reference FOLDER, or both, got neither");
  const prompts = mjhqPrompts(await readFile(metadata, "utf8"));
  if (run !== undefined) {
    const files = prompts.map(({ prompt, image }) => ({ prompt, images: [image] }));
    await drawFolder("prompts mjhq", run, { files, flags });
  }
  if (reference === undefined) return say(json, { out, pictures: prompts.length }, out);
  checkComplete(prompts, out);
  const { close, ...reading } = await openReading(flags);
  try {
    const { engine, extractors, onBad = "refuse" } = reading;
    const [extractor, ...others] = extractors;
    if (!extractor || others.length > 0)
      throw new GMemError("CONFIG", `--features must be one network, got ${extractors.length}`);
    const setOf = async (path: string): Promise<ExtractedSet> =>
      extractFeatures(await pictureSource(path, { onBad }), reading);
    const [real, fake] = [await setOf(reference), await setOf(out)];
    const { name, id } = extractor;
    const protocol = reading.protocol ?? usualProtocol(name);
    const found = await measureGroups(
      { real: { ...real.features[name], images: real.facts }, fake: { ...fake.features[name], images: fake.facts } },
      {
        ...{ metrics: ["fid"], protocol, features: { name, id }, seed: flags.seed, engine },
        groups: { real: categoriesOf(real), fake: categoriesOf(fake) },
      },
    );
    const sides = { results: [], leftOut: [], real: { path: reference, set: real }, fake: { path: out, set: fake } };
    const evaluation = {
      ...evaluationOf(`MJHQ: ${out} against ${reference}`, sides),
      numbers: found.flatMap(({ group = "all categories", results }) =>
        results.map((result) => ({ ...numberOf(result), against: group })),
      ),
    };
    await writeEvaluation(join(out, "evaluation"), evaluation, {});
    say(json, evaluation, [evaluationText(evaluation), join(out, "evaluation")].join("\n"));
  } finally {
    await close();
  }
}

/** @throws {GMemError} code `DATA` for pictures that are missing. */
function checkComplete(prompts: readonly MjhqPrompt[], folder: string): void {
  const missing = prompts.filter(({ image }) => !existsSync(join(folder, image)));
  if (missing.length > 0)
    throw new GMemError(
      "DATA",
      `prompts mjhq: "${folder}" must have a picture of each of ${counted(prompts.length, "prompt")}, got none for ${missing.length}, first ${missing[0]?.image}; draw them with a run`,
    );
}

/** The category of each picture: its folder. */
function categoriesOf({ path, facts: { labels, classes } }: ExtractedSet): readonly string[] {
  if (!labels)
    throw new GMemError("DATA", `prompts mjhq: "${path}" must hold a folder of pictures a category, got other places`);
  return labels.map((label) => classes[label] as string);
}
