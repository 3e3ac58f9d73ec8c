import { GMemError } from "@gmem/tensor";
import { jsonLines } from "./json-lines.ts";
import type { genevalTasks } from "./task-table.ts";

/** One prompt of GenEval, or of a file like its `evaluation_metadata.jsonl`. */
export interface GenevalPrompt {
  /** Its place in the file, from 0, which names its folder. */
  readonly index: number;
  readonly prompt: string;
  readonly task: (typeof genevalTasks)[number];
  /** The line as it stands in the file: what is asked of the picture, for the detector. */
  readonly metadata: string;
}

/** GenEval's names of tasks. */
export const taskOfTag: Readonly<Record<string, GenevalPrompt["task"]>> = {
  single_object: "single object",
  two_object: "two objects",
  counting: "counting",
  colors: "colours",
  position: "position",
  color_attr: "colour attribution",
};

/**
 * Prompts of a metadata file of GenEval (Ghosh et al. 2023): lines of `{"tag", "include", "exclude", "prompt"}`. The official
 * one has 553.
 * @throws {GMemError} code `DATA` for no prompts, or naming the line: no JSON, an unknown tag, no prompt.
 * @example
 * const line = '{"tag": "colors", "include": [{"class": "dog", "count": 1, "color": "red"}], "prompt": "a photo of a red dog"}';
 * const [{ task, prompt }] = genevalPrompts(line); // "colours", "a photo of a red dog"
 */
export function genevalPrompts(text: string): [GenevalPrompt, ...GenevalPrompt[]] {
  const found = jsonLines("genevalPrompts", text).map(({ line, value }, index): GenevalPrompt => {
    const { tag, prompt } = value as { readonly tag?: unknown; readonly prompt?: unknown };
    const task = typeof tag === "string" ? taskOfTag[tag] : undefined;
    const where = `genevalPrompts: line ${line}`;
    if (!task)
      throw new GMemError(
        "DATA",
        `${where}: tag must be one of ${Object.keys(taskOfTag).join(", ")}, got ${JSON.stringify(tag)}`,
      );
    if (typeof prompt !== "string" || prompt.trim() === "")
      throw new GMemError("DATA", `${where}: must have a prompt, got ${JSON.stringify(prompt)}`);
    return { index, prompt, task, metadata: JSON.stringify(value) };
  });
  if (found.length === 0) throw new GMemError("DATA", "genevalPrompts: needs prompts, got an empty file");
  return found as [GenevalPrompt, ...GenevalPrompt[]];
}

/** Files of one prompt, relative to the folder that GenEval's `evaluate_images.py` is given. */
export interface GenevalFolder {
  /** "00012" */
  readonly folder: string;
  /** "00012/metadata.jsonl": the prompt's own line. */
  readonly metadata: string;
  /** "00012/samples/0000.png" … */
  readonly images: readonly string[];
}

/**
 * Where GenEval looks for a prompt's pictures.
 * @throws {GMemError} code `CONFIG` for a number of images that cannot be.
 * @example
 * genevalFolder({ index: 12 }).images[3]; // "00012/samples/0003.png"
 */
export function genevalFolder(
  { index }: Pick<GenevalPrompt, "index">,
  options: { readonly imagesPerPrompt?: number } = {},
): GenevalFolder {
  const { imagesPerPrompt = 4 } = options;
  if (!(Number.isSafeInteger(imagesPerPrompt) && imagesPerPrompt > 0))
    throw new GMemError(
      "CONFIG",
      `genevalFolder: imagesPerPrompt must be a whole number above 0, got ${imagesPerPrompt}`,
    );
  const folder = String(index).padStart(5, "0");
  return {
    folder,
    metadata: `${folder}/metadata.jsonl`,
    images: Array.from({ length: imagesPerPrompt }, (_, i) => `${folder}/samples/${String(i).padStart(4, "0")}.png`),
  };
}

/**
 * Refuses prompts that are not those of the metadata, word for word: a rewritten prompt is another benchmark.
 * @throws {GMemError} code `DATA` naming the first that differs, with both texts.
 * @example
 * const prompts = genevalPrompts('{"tag": "counting", "include": [], "prompt": "a photo of two cups"}');
 * checkVerbatim(prompts, [{ index: 0, prompt: "a photo of two cups" }]);
 */
export function checkVerbatim(
  prompts: readonly Pick<GenevalPrompt, "index" | "prompt">[],
  used: Iterable<{ readonly index: number; readonly prompt: string }>,
): void {
  const texts = new Map(prompts.map(({ index, prompt }) => [index, prompt]));
  for (const { index, prompt } of used) {
    const asked = texts.get(index);
    if (asked === prompt) continue;
    throw new GMemError(
      "DATA",
      asked === undefined
        ? `checkVerbatim: prompt ${index} must be one of the metadata's ${texts.size}, got ${JSON.stringify(prompt)}`
        : `checkVerbatim: prompt ${index} must be ${JSON.stringify(asked)} as in the metadata, got ${JSON.stringify(prompt)}; pictures of rewritten prompts do not compare`,
    );
  }
}
