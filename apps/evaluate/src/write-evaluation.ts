import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import {
  type Evaluation,
  type EvaluationPage,
  evaluationCsv,
  evaluationHtml,
  evaluationLatex,
  evaluationMarkdown,
} from "@gmem/report/evaluation";
import { writeFileAtomic } from "@gmem/weights";

/** Writes a result in every format: each file is whole or as it was before. */
export async function writeEvaluation(folder: string, evaluation: Evaluation, page: EvaluationPage): Promise<void> {
  await mkdir(folder, { recursive: true });
  const files: Readonly<Record<string, string>> = {
    "evaluation.json": `${JSON.stringify(evaluation, null, 2)}\n`,
    "evaluation.md": evaluationMarkdown(evaluation),
    "evaluation.tex": evaluationLatex(evaluation),
    "evaluation.csv": evaluationCsv(evaluation),
    "report.html": evaluationHtml(evaluation, page),
  };
  for (const [name, text] of Object.entries(files)) await writeFileAtomic(join(folder, name), text);
}
