import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { decodeImage, toArray } from "@gmem/datasets/folder";
import {
  askedClasses,
  boxColour,
  type Detection,
  type GenevalPrompt,
  type GenevalScores,
  genevalFolder,
  genevalPrompts,
  genevalScores,
  judgeDetections,
} from "@gmem/metrics";
import { type Evaluation, evaluationText } from "@gmem/report/evaluation";
import { GMemError } from "@gmem/tensor";
import { progressLines, say } from "@gmem/terminal";
import { textHash, writeFileAtomic } from "@gmem/weights";
import { versionsNow } from "../../evaluation-of.ts";
import { type FailRule, failed, failRule } from "../../fail-rules.ts";
import { ownNumber } from "../../own-number.ts";
import { writeEvaluation } from "../../write-evaluation.ts";
import { type Detector, openDetector } from "./detector.ts";
import { type DrawingFlags, drawFolder } from "./draw-folder.ts";

export interface GenevalFlags extends DrawingFlags {
  readonly metadata: string;
  readonly perPrompt: number;
  readonly results?: string;
  readonly detector?: string;
  readonly classes?: string;
  readonly failIf?: readonly string[];
}

/**
 * `gmem-evaluate prompts geneval`: pictures for GenEval's program, the table of what it wrote, or of what a detector of one's own
 * sees. @returns the exit code.
 */
export async function geneval(run: string | undefined, flags: GenevalFlags): Promise<number> {
  const { metadata, results, out, perPrompt, detector, failIf = [], json } = flags;
  if ((run === undefined) === (results === undefined))
    throw new GMemError(
      "CONFIG",
      `prompts geneval: takes a run to draw with, or --results of evaluate_images.py, got ${run === undefined ? "neither" : "both"}`,
    );
  if (detector !== undefined && run === undefined)
    throw new GMemError("CONFIG", "prompts geneval: --detector looks at what a run draws, got --results");
  const rules = failIf.map(failRule);
  const prompts = genevalPrompts(await readFile(metadata, "utf8"));
  if (run !== undefined) {
    if (rules.length > 0 && detector === undefined)
      throw new GMemError("CONFIG", "prompts geneval: --fail-if is for --results or --detector, got a run alone");
    const files = prompts.map((one) => {
      const { metadata: file, images } = genevalFolder(one, { imagesPerPrompt: perPrompt });
      return { prompt: one.prompt, images, beside: { [file]: one.metadata } };
    });
    const judge = detector === undefined ? undefined : await openDetector(detector, classesFile(detector, flags));
    try {
      if (judge) checkKnown(judge, prompts);
      const folder = await drawFolder("prompts geneval", run, { files, flags });
      if (judge) return await judged(folder, prompts, { ...flags, judge, rules });
      say(json, { out: folder, prompts: prompts.length, pictures: prompts.length * perPrompt }, next(folder, metadata));
    } finally {
      await judge?.close();
    }
    return 0;
  }
  const text = await readFile(results as string, "utf8");
  const of = { prompts, path: results as string, text, features: "evaluate_images.py" };
  const evaluation = evaluationOfResults(genevalScores(text, prompts), of);
  if (out !== undefined) await writeEvaluation(out, evaluation, {});
  say(json, evaluation, [evaluationText(evaluation), ...(out === undefined ? [] : [out])].join("\n"));
  return failed(rules, evaluation.numbers);
}

/** Beside the detector where no file is named. */
const classesFile = (detector: string, { classes }: GenevalFlags): string =>
  classes ?? detector.replace(/(\.onnx)?$/, ".txt");

/** Refuses a detector that cannot see what prompts ask for: it would be scored as if the pictures lacked it. */
function checkKnown({ classes }: Detector, prompts: readonly GenevalPrompt[]): void {
  const asked = new Set(prompts.flatMap(({ metadata }) => askedClasses(metadata)));
  const unknown = [...asked].filter((name) => !classes.includes(name));
  if (unknown.length > 0)
    throw new GMemError(
      "DATA",
      `--classes: must name what the prompts ask for as they do, got nothing called ${unknown.slice(0, 5).join(", ")}${unknown.length > 5 ? `, and ${unknown.length - 5} more` : ""}`,
    );
}

/** Writes what the detector sees as evaluate_images.py would, and the table of it. */
async function judged(
  folder: string,
  prompts: readonly GenevalPrompt[],
  flags: GenevalFlags & { readonly judge: Detector; readonly rules: readonly FailRule[] },
): Promise<number> {
  const { judge, perPrompt, rules, json } = flags;
  const lines: string[] = [];
  const onProgress = progressLines();
  for (const one of prompts) {
    for (const name of genevalFolder(one, { imagesPerPrompt: perPrompt }).images) {
      const image = await decodeImage(join(folder, name));
      const colourOf = ({ box }: Detection): string => boxColour(toArray(image), box);
      const { correct, reasons } = judgeDetections(one.metadata, await judge.detect(image), { colourOf });
      const { tag } = JSON.parse(one.metadata) as { readonly tag: string };
      lines.push(
        `${JSON.stringify({ filename: name, tag, prompt: one.prompt, correct, reason: reasons.join("\n") })}\n`,
      );
    }
    onProgress({ stage: "judge", done: lines.length, total: prompts.length * perPrompt });
  }
  const [text, results, out] = [lines.join(""), join(folder, "results.jsonl"), join(folder, "evaluation")];
  await writeFileAtomic(results, text);
  const scores = genevalScores(text, prompts);
  const warnings = [...scores.warnings, "seen by another detector, and colours by pixels: not comparable with GenEval"];
  const features = `${judge.name}, not comparable`;
  const evaluation = evaluationOfResults({ ...scores, warnings }, { prompts, path: results, text, features });
  await writeEvaluation(out, evaluation, {});
  say(json, evaluation, `${evaluationText(evaluation)}\n${out}`);
  return failed(rules, evaluation.numbers);
}

const next = (folder: string, metadata: string): string =>
  `${folder}\nnext: python evaluation/evaluate_images.py ${folder} --outfile results.jsonl --model-path …\n` +
  `then: gmem-evaluate prompts geneval --metadata ${metadata} --results results.jsonl`;

/** Shares by task, their mean, and shares of pictures and prompts. */
function evaluationOfResults(
  { tasks, overall, counts, correct, warnings }: GenevalScores,
  of: {
    readonly prompts: readonly GenevalPrompt[];
    readonly path: string;
    readonly text: string;
    /** What saw them. */
    readonly features: string;
  },
): Evaluation {
  const facts = { protocol: "geneval", options: { features: of.features }, warnings };
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
