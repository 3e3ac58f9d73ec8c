import { readFile } from "node:fs/promises";
import { type GenevalPrompt, type GenevalScores, genevalFolder, genevalPrompts, genevalScores } from "@gmem/metrics";
import { type Evaluation, evaluationText } from "@gmem/report/evaluation";
import { GMemError } from "@gmem/tensor";
import { say } from "@gmem/terminal";
import { textHash } from "@gmem/weights";
import { versionsNow } from "../../evaluation-of.ts";
import { failed, failRule } from "../../fail-rules.ts";
import { ownNumber } from "../../own-number.ts";
import { writeEvaluation } from "../../write-evaluation.ts";
import { type DrawingFlags, drawFolder } from "./draw-folder.ts";

export interface GenevalFlags extends DrawingFlags {
  readonly metadata: string;
  readonly perPrompt: number;
  readonly results?: string;
  readonly failIf?: readonly string[];
}

/** `gmem-evaluate prompts geneval`: pictures for GenEval's program, or the table of what it wrote. @returns the exit code. */
export async function geneval(run: string | undefined, flags: GenevalFlags): Promise<number> {
  const { metadata, results, out, perPrompt, failIf = [], json } = flags;
  if ((run === undefined) === (results === undefined))
    throw new GMemError(
      "CONFIG",
      `prompts geneval: takes a run to draw with, or --results of evaluate_images.py, got ${run === undefined ? "neither" : "both"}`,
    );
  const rules = failIf.map(failRule);
  const prompts = genevalPrompts(await readFile(metadata, "utf8"));
  if (run !== undefined) {
    if (rules.length > 0) throw new GMemError("CONFIG", "prompts geneval: --fail-if is for --results, got a run");
    const files = prompts.map((one) => {
      const { metadata: file, images } = genevalFolder(one, { imagesPerPrompt: perPrompt });
      return { prompt: one.prompt, images, beside: { [file]: one.metadata } };
    });
    const folder = await drawFolder("prompts geneval", run, { files, flags });
    say(json, { out: folder, prompts: prompts.length, pictures: prompts.length * perPrompt }, next(folder, metadata));
    return 0;
  }
  const text = await readFile(results as string, "utf8");
  const evaluation = evaluationOfResults(genevalScores(text, prompts), { prompts, path: results as string, text });
  if (out !== undefined) await writeEvaluation(out, evaluation, {});
  say(json, evaluation, [evaluationText(evaluation), ...(out === undefined ? [] : [out])].join("\n"));
  return failed(rules, evaluation.numbers);
}

const next = (folder: string, metadata: string): string =>
  `${folder}\nnext: python evaluation/evaluate_images.py ${folder} --outfile results.jsonl --model-path …\n` +
  `then: gmem-evaluate prompts geneval --metadata ${metadata} --results results.jsonl`;

/** Shares by task, their mean, and shares of pictures and prompts. */
function evaluationOfResults(
  { tasks, overall, counts, correct, warnings }: GenevalScores,
  of: { readonly prompts: readonly GenevalPrompt[]; readonly path: string; readonly text: string },
): Evaluation {
  const facts = { protocol: "geneval", options: { features: "evaluate_images.py" }, warnings };
  const all = { ...facts, counts: { real: 0, fake: counts.images } };
  const unknown = (value: number) => ({ value, low: Number.NaN, high: Number.NaN });
  const side = { sizes: {}, formats: {}, leftOut: [] };
  return {
    format: "gmem-evaluation-1",
    title: `GenEval of ${of.path}`,
    real: {
      path: "prompts of the metadata",
      content: textHash(of.prompts.map(({ metadata }) => `${metadata}\n`)),
      pictures: 0,
      ...side,
    },
    fake: { path: of.path, content: textHash([of.text]), pictures: counts.images, ...side },
    numbers: [
      ...tasks.map(({ task, count, ...share }) =>
        ownNumber(task, share, { ...facts, method: "Wilson", counts: { real: 0, fake: count } }),
      ),
      ownNumber("overall", overall, { ...all, method: "of the tasks, by squares" }),
      ownNumber("correct pictures", unknown(correct.images), { ...all, method: "none" }),
      ownNumber("correct prompts", unknown(correct.prompts), {
        ...facts,
        method: "none",
        counts: { real: 0, fake: counts.prompts },
      }),
    ],
    leftOut: [],
    versions: versionsNow(),
  };
}
