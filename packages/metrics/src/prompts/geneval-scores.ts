import { GMemError } from "@gmem/tensor";
import type { IntervalOptions } from "../intervals.ts";
import { checkVerbatim, type GenevalPrompt, taskOfTag } from "./geneval-prompts.ts";
import { jsonLines } from "./json-lines.ts";
import { type TaskTable, taskTable } from "./task-table.ts";

export interface GenevalScores extends TaskTable {
  /** Pictures and prompts that the results are of. */
  readonly counts: { readonly images: number; readonly prompts: number };
  /** Shares of pictures that are correct, and of prompts with at least one that is. */
  readonly correct: { readonly images: number; readonly prompts: number };
  /** What makes the numbers hard to compare: prompts without pictures, fewer than four pictures. */
  readonly warnings: readonly string[];
}

/**
 * The table of a `results.jsonl` as GenEval's `evaluate_images.py` writes it, with intervals: shares of correct pictures by
 * task, and their mean over tasks, GenEval's overall score.
 * @param prompts Of the metadata that the pictures were drawn for; every result must be of one of them, word for word.
 * @throws {GMemError} code `DATA` naming the line: no JSON, another prompt or task than the metadata's, a picture named twice;
 * or for no results.
 * @example
 * const prompts = genevalPrompts('{"tag": "counting", "include": [], "prompt": "a photo of two cups"}');
 * const line = { filename: "out/00000/samples/0000.png", tag: "counting", prompt: "a photo of two cups", correct: true };
 * const { tasks, overall } = genevalScores(JSON.stringify(line), prompts); // counting 1 of 1
 */
export function genevalScores(
  results: string,
  prompts: readonly GenevalPrompt[],
  options: IntervalOptions = {},
): GenevalScores {
  const byIndex = new Map(prompts.map((one) => [one.index, one]));
  const solved = new Map<number, boolean[]>();
  const seen = new Set<string>();
  const outcomes = jsonLines("genevalScores", results).map(({ line, value }) => {
    const where = `genevalScores: line ${line}`;
    const { filename, tag, prompt, correct } = value as Record<string, unknown>;
    const place = /(?:^|[\\/])(\d+)[\\/]samples[\\/](\d+)\.png$/.exec(String(filename));
    if (!place || typeof prompt !== "string" || typeof tag !== "string" || typeof correct !== "boolean")
      throw new GMemError(
        "DATA",
        `${where}: must have filename "…/00000/samples/0000.png", tag, prompt and correct, got ${JSON.stringify({ filename, tag, prompt, correct })}`,
      );
    const index = Number(place[1]);
    checkVerbatim(prompts, [{ index, prompt }]);
    const { task } = byIndex.get(index) as GenevalPrompt;
    if (taskOfTag[tag] !== task)
      throw new GMemError("DATA", `${where}: the tag of prompt ${index} must be that of "${task}", got "${tag}"`);
    const name = `${index}/${Number(place[2])}`;
    if (seen.has(name)) throw new GMemError("DATA", `${where}: each picture must be there once, got ${filename} again`);
    seen.add(name);
    solved.set(index, [...(solved.get(index) ?? []), correct]);
    return { [task]: correct };
  });
  const counts = { images: outcomes.length, prompts: solved.size };
  const images = [...solved.values()].flat().filter(Boolean).length;
  const once = [...solved.values()].filter((of) => of.includes(true)).length;
  return {
    ...taskTable(outcomes, options),
    counts,
    correct: { images: images / counts.images, prompts: once / counts.prompts },
    warnings: warningsOf(prompts, solved),
  };
}

function warningsOf(prompts: readonly GenevalPrompt[], solved: ReadonlyMap<number, readonly boolean[]>): string[] {
  const without = prompts.filter(({ index }) => !solved.has(index)).length;
  const uneven = [...solved.values()].filter(({ length }) => length !== 4).length;
  return [
    ...(without > 0 ? [`${without} of ${prompts.length} prompts have no pictures`] : []),
    ...(uneven > 0 ? [`${uneven} prompts have not 4 pictures, as the benchmark asks for`] : []),
    ...(prompts.length !== 553 ? [`${prompts.length} prompts, where the published set has 553`] : []),
  ];
}
