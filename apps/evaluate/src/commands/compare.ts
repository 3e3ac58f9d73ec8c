import { existsSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import {
  comparedSharesText,
  comparedText,
  compareEvaluations,
  compareShares,
  type Evaluation,
  type PublishedSet,
  publishedNumbers,
  publishedSetting,
} from "@gmem/report/evaluation";
import { GMemError } from "@gmem/tensor";
import { say } from "@gmem/terminal";
import { paperOf } from "./folders.ts";

export interface CompareFlags {
  readonly json?: boolean;
  readonly paper?: string;
}

/** `gmem-evaluate compare`: results that were written before, in one table. */
export function compare(paths: readonly string[], { json, ...flags }: CompareFlags): void {
  const paper = paperOf(flags.paper);
  if (paths.length < 2)
    throw new GMemError("CONFIG", `compare: needs two runs or results or more, got ${paths.length}`);
  const evaluations = paths.map(readEvaluation);
  const [metrics, shares] = [compareEvaluations(evaluations), compareShares(evaluations)];
  say(
    json,
    { paths, metrics, shares, ...(paper && { published: publishedNumbers(paper, "FID") }) },
    [comparedText(paths, metrics), ...comparedSharesText(paths, shares), ...(paper ? paperText(paper) : [])].join("\n"),
  );
}

/** The setting of a table of the paper, and its numbers. */
const paperText = (paper: PublishedSet): readonly string[] => [
  `paper: ${publishedSetting(paper)}`,
  ...publishedNumbers(paper, "FID").map(({ value, of }) => `${value.padStart(6)}  ${of}`),
];

/** The result of a run folder, of a folder that `--out` named, or a file. */
function readEvaluation(path: string): Evaluation {
  const places = [path, join(path, "evaluation.json"), join(path, "evaluation", "evaluation.json")];
  const file = places.find((place) => existsSync(place) && statSync(place).isFile());
  if (file === undefined)
    throw new GMemError(
      "DATA",
      `compare: "${path}" must be a result or hold one, got no evaluation.json; run \`gmem-evaluate run ${path}\` first`,
    );
  let found: Partial<Evaluation>;
  try {
    found = JSON.parse(readFileSync(file, "utf8")) as Partial<Evaluation>;
  } catch (cause) {
    throw new GMemError("DATA", `compare: "${file}" must be JSON, got ${(cause as Error).message}`, { cause });
  }
  if (found.format !== "gmem-evaluation-1")
    throw new GMemError(
      "DATA",
      `compare: "${file}" must be a gmem-evaluation-1, got ${found.format ?? "another file"}`,
    );
  return found as Evaluation;
}
