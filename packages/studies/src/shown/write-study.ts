import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import { writeFileAtomic } from "@gmem/weights";
import { type RunStudyOptions, withContext } from "../frame/run-study.ts";
import type { Study } from "../frame/study.ts";
import type { StudyResult } from "../frame/study-result.ts";
import { studyMarkdown } from "./study-markdown.ts";
import { studyPlot } from "./study-plot.ts";

/**
 * Writes what came of a study into `out/NAME-SIZE`: result.json, study.md, numbers.svg and the study's own pictures.
 * @returns paths of the files.
 * @example
 * // no-run
 * const options = { size: "quick", out: "studies" } as const;
 * await writeStudy(studies.conditioning, await runStudy(studies.conditioning, options), options);
 */
export async function writeStudy(
  study: Study,
  result: StudyResult,
  options: Omit<RunStudyOptions, "onProgress">,
): Promise<readonly string[]> {
  const { size, out } = options;
  const folder = join(out, `${study.name}-${size}`);
  await mkdir(folder, { recursive: true });
  const files: string[] = [];
  const write = async (name: string, text: string): Promise<void> => {
    await writeFileAtomic(join(folder, name), text);
    files.push(join(folder, name));
  };
  await write("result.json", `${JSON.stringify(result, null, 2)}\n`);
  const pictures: string[] = [];
  if (result.numbers.length > 0) {
    await write("numbers.svg", studyPlot(study, result));
    pictures.push("numbers.svg");
  }
  const [seed = 0] = study.sizes[size].seeds;
  await withContext(options, async (contextOf) => {
    for (const figure of study.figures ?? []) {
      await write(`${figure.name}.svg`, await figure.draw(study.sizes[size].settings, contextOf(seed)));
      pictures.push(`${figure.name}.svg`);
    }
  });
  await write("study.md", studyMarkdown(study, result, pictures));
  return files;
}
