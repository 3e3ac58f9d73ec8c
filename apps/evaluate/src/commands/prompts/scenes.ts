import { join } from "node:path";
import { encodePng, toBytes } from "@gmem/datasets/png";
import { captionedPictures } from "@gmem/report";
import { type Evaluation, type EvaluationNumber, evaluationText } from "@gmem/report/evaluation";
import { checkConfig, needsOf, openRun, type RunConfig } from "@gmem/runs";
import { type JudgedPrompts, judgePrompts, type PromptVerdict, type TaskShares } from "@gmem/runs/demo";
import { array, counted, GMemError, takeRows } from "@gmem/tensor";
import { hubSettings, progressLines, say, stopOnInterrupt } from "@gmem/terminal";
import { contentHash, textHash } from "@gmem/weights";
import { versionsNow } from "../../evaluation-of.ts";
import { controls, failed, failRule } from "../../fail-rules.ts";
import { ownNumber } from "../../own-number.ts";
import { writeEvaluation } from "../../write-evaluation.ts";

export interface ScenePromptsFlags {
  readonly count: number;
  readonly seed: number;
  readonly cfg?: number;
  readonly steps?: number;
  readonly out?: string;
  readonly failIf?: readonly string[];
  readonly json?: boolean;
}

/** Pictures on the page. */
const shown = 64;

/** `gmem-evaluate prompts scenes`: draws prompts about unseen combinations and judges what comes. @returns the exit code. */
export async function scenePrompts(folder: string, flags: ScenePromptsFlags): Promise<number> {
  const { count, seed, json, failIf = [] } = flags;
  const rules = failIf.map(failRule);
  const run = await openRun(folder, { hub: hubSettings(), onProgress: progressLines() });
  try {
    checkScenes(folder, run.config);
    const { sampler } = run.config;
    const config = checkConfig(
      { ...run.config, sampler: { ...sampler, cfg: flags.cfg ?? sampler.cfg, steps: flags.steps ?? sampler.steps } },
      "prompts scenes",
    );
    const judged = await judgePrompts(
      { ...run, config },
      { count, seed, signal: stopOnInterrupt("nothing is written"), onProgress: progressLines() },
    );
    const evaluation = evaluationOfPrompts(judged, { folder, config, seed, model: contentHash(run.parameters) });
    const out = flags.out ?? join(run.files.folder, "evaluation", "prompts");
    await writeEvaluation(out, evaluation, { images: [await picturesOf(judged)] });
    say(json, evaluation, [evaluationText(evaluation), join(out, "report.html")].join("\n"));
    return failed(rules, evaluation.numbers);
  } finally {
    await run.close();
  }
}

/** @throws {GMemError} code `CONFIG` for a run that draws no scenes from text. */
function checkScenes(folder: string, { data, conditioner }: RunConfig): void {
  if (data === "scenes" && needsOf(conditioner).text) return;
  throw new GMemError(
    "CONFIG",
    `prompts scenes: "${folder}" must be of data=scenes and conditioned on text, such as scenes-text, got data=${String(data)} and conditioner.kind=${conditioner.kind}; \`prompts geneval\` takes any run of text`,
  );
}

function evaluationOfPrompts(
  { verdict }: JudgedPrompts,
  of: { readonly folder: string; readonly config: RunConfig; readonly seed: number; readonly model: string },
): Evaluation {
  const { folder, config, seed, model } = of;
  const { size, combinations } = config.image;
  const texts = verdict.prompts.map(({ prompt }) => `${prompt}\n`);
  const warnings =
    combinations === "seen"
      ? []
      : ["training had every combination: these prompts are not new to it; train with image.combinations=seen"];
  return {
    format: "gmem-evaluation-1",
    title: `${folder}: ${counted(texts.length, "prompt")} about unseen combinations, seed ${seed}`,
    real: {
      ...{ path: `prompts of scenes of ${size} pixels`, content: textHash(texts), pictures: 0 },
      ...{ sizes: {}, formats: {}, leftOut: [] },
    },
    fake: {
      ...{ path: folder, content: model, pictures: texts.length },
      ...{ sizes: { [`${size}x${size}`]: texts.length }, formats: {}, leftOut: [] },
    },
    numbers: numbersOf(verdict, { seed, warnings, sampler: config.sampler }),
    leftOut: [],
    versions: versionsNow(),
  };
}

/** The model's numbers, then what chance and real scenes have. */
function numbersOf(
  verdict: PromptVerdict,
  of: Pick<EvaluationNumber, "warnings"> & { readonly seed: number; readonly sampler: RunConfig["sampler"] },
): readonly EvaluationNumber[] {
  const { solver, steps, cfg } = of.sampler;
  const table = (carried: PromptVerdict["carried"], tasks: TaskShares, against?: string): EvaluationNumber[] =>
    Object.entries({ ...tasks, "everything asked for": carried }).map(([name, { share, interval, count }]) =>
      ownNumber(
        name,
        { value: share, low: interval[0], high: interval[1] },
        {
          ...{ method: "Wilson", counts: { real: 0, fake: count }, seed: of.seed, warnings: of.warnings },
          ...{ protocol: "scenes", options: { features: "checkScene", solver: String(solver), steps, cfg } },
          ...(against !== undefined && { against }),
        },
      ),
    );
  return [
    ...table(verdict.carried, verdict.tasks),
    ...table(verdict.shuffled, verdict.shuffledTasks, controls.shuffled),
    ...table(verdict.ceiling, verdict.ceilingTasks, controls.ceiling),
  ];
}

async function picturesOf({ verdict, images }: JudgedPrompts): Promise<{ title: string; svg: string }> {
  const first = verdict.prompts.slice(0, shown);
  const pictures = await Promise.all(
    first.map(async ({ prompt, carried: isRight }, i) => {
      const { data, shape } = takeRows(images, [i]);
      return { png: await encodePng(toBytes(array(data, shape.slice(1)))), caption: prompt, isRight };
    }),
  );
  return { title: `The first ${first.length} prompts`, svg: captionedPictures(pictures) };
}
