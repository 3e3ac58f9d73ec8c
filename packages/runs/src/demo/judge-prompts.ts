import { type HeldOutPrompt, heldOutPrompts, type Judgement, judgePrompt, renderScene } from "@gmem/datasets/scenes";
import { taskTable } from "@gmem/metrics";
import type { Conditioner } from "@gmem/spec";
import { array, type NDArray } from "@gmem/tensor";
import type { RunConfig } from "../config/schema.ts";
import type { RunSamplers } from "../open/run-sampler.ts";
import type { WorkOptions } from "../progress.ts";
import { type Share, shareOf } from "./adherence.ts";

/** How well samples carry what they were asked, each share over prompts that name unseen combinations. */
export interface PromptVerdict {
  /** Everything that is asked for at once. */
  readonly carried: Share;
  /** The same, each picture held against the prompt of another one. */
  readonly shuffled: Share;
  /** What the judge says of scenes that carry the prompts. */
  readonly ceiling: Share;
  /** The tasks of GenEval, each over the prompts that it is asked of. */
  readonly tasks: TaskShares;
  /** The same of the two others. */
  readonly shuffledTasks: TaskShares;
  readonly ceilingTasks: TaskShares;
  /** Each prompt, and whether its picture carries all of it. */
  readonly prompts: readonly { readonly prompt: string; readonly carried: boolean }[];
}

/** By name of the task. */
export type TaskShares = Readonly<Record<string, Share>>;

/** What a run of scenes draws texts with: one that is open, or in training. */
export interface PromptedRun extends Pick<RunSamplers, "sampler"> {
  readonly config: RunConfig;
  readonly conditioner: Conditioner;
}

/** What was drawn for each prompt of a verdict [N,3,H,W]. */
export interface JudgedPrompts {
  readonly verdict: PromptVerdict;
  readonly images: NDArray<"f32">;
}

export interface JudgePromptsOptions extends Pick<WorkOptions, "onProgress" | "signal"> {
  /** Prompts; default 64. */
  readonly count?: number;
  /** Of prompts and noise; default 0. The first prompts of a seed are the same whatever the count. */
  readonly seed?: number;
}

/**
 * Draws prompts about scenes such as the run's and judges the pictures by what `checkScene` sees.
 * @throws {GMemError} code `CONFIG` for a count that cannot be, `ABORTED`.
 */
export async function judgePrompts(
  { config, conditioner, sampler: samplerOf }: PromptedRun,
  { count = 64, seed = 0, signal, onProgress }: JudgePromptsOptions = {},
): Promise<JudgedPrompts> {
  const { size, layout } = config.image;
  // another seed than the training and the held-out scenes have
  const asked = heldOutPrompts({ count, size, layout, seed: config.seed + 2 + seed });
  const sampler = await samplerOf(config.sampler, { batchSize: Math.min(64, count) });
  const { images } = await sampler.draw({
    request: conditioner.parse({ text: asked.map(({ prompt }) => prompt) }),
    count,
    seed: config.seed + seed,
    ...(signal && { signal }),
    onProgress: ({ samples }) => onProgress?.({ stage: "judge", done: samples, total: count }),
  });
  onProgress?.({ stage: "judge", done: count, total: count, result: `${count} pictures judged` });
  return { verdict: verdictOf(asked, images), images };
}

/** What pictures [N,3,H,W] carry of the prompts that they were asked for, and of those of others. */
export function verdictOf(asked: readonly HeldOutPrompt[], images: NDArray<"f32">): PromptVerdict {
  const pictures = rowsOf(images);
  const judged = (pictureOf: (one: HeldOutPrompt, i: number) => NDArray<"f32"> | undefined): readonly Judgement[] =>
    asked.map((one, i) => judgePrompt(one.prompt, pictureOf(one, i) as NDArray<"f32">));
  const share = (of: readonly Judgement[]): Share => shareOf(of.filter(({ carried }) => carried).length, of.length);
  const own = judged((_, i) => pictures[i]);
  const shuffled = judged((_, i) => pictures[(i + Math.ceil(asked.length / 2)) % asked.length]);
  const ceiling = judged(({ scene }) => renderScene(scene));
  return {
    carried: share(own),
    shuffled: share(shuffled),
    ceiling: share(ceiling),
    tasks: tasksOf(own),
    shuffledTasks: tasksOf(shuffled),
    ceilingTasks: tasksOf(ceiling),
    prompts: asked.map(({ prompt }, i) => ({ prompt, carried: own[i]?.carried === true })),
  };
}

function tasksOf(judgements: readonly Judgement[]): TaskShares {
  const { tasks } = taskTable(judgements.map((judgement) => judgement.tasks));
  return Object.fromEntries(tasks.map(({ task, solved, count }) => [task, shareOf(solved, count)]));
}

const rowsOf = ({ data, shape: [count = 0, ...image] }: NDArray<"f32">): NDArray<"f32">[] => {
  const size = data.length / count;
  return Array.from({ length: count }, (_, i) => array(data.subarray(i * size, (i + 1) * size), image));
};
