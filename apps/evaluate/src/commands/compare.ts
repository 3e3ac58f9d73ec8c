import { existsSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import {
  comparedSharesText,
  comparedText,
  compareEvaluations,
  compareShares,
  type Evaluation,
} from "@gmem/report/evaluation";
import { GMemError } from "@gmem/tensor";
import { say } from "@gmem/terminal";

/** `gmem-evaluate compare`: results that were written before, in one table. */
export function compare(paths: readonly string[], { json }: { readonly json?: boolean }): void {
  if (paths.length < 2)
    throw new GMemError("CONFIG", `compare: needs two runs or results or more, got ${paths.length}`);
  const evaluations = paths.map(readEvaluation);
  const [metrics, shares] = [compareEvaluations(evaluations), compareShares(evaluations)];
  say(
    json,
    { paths, metrics, shares },
    [comparedText(paths, metrics), ...comparedSharesText(paths, shares)].join("\n"),
  );
}

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
