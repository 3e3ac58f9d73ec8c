import { type HeldOutPrompt, heldOutPrompts, type Judgement, judgePrompt, renderScene } from "@gmem/datasets/scenes";
import { taskTable } from "@gmem/metrics";
import { array, type NDArray } from "@gmem/tensor";
import type { WorkOptions } from "../progress.ts";
import type { RunInTraining } from "../train/train-run.ts";
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
  readonly tasks: Readonly<Record<string, Share>>;
  /** Each prompt, and whether its picture carries all of it. */
  readonly prompts: readonly { readonly prompt: string; readonly carried: boolean }[];
}

/** What was drawn for each prompt of a verdict [N,3,H,W]. */
export interface JudgedPrompts {
  readonly verdict: PromptVerdict;
  readonly images: NDArray<"f32">;
}

export interface JudgePromptsOptions extends Pick<WorkOptions, "onProgress"> {
  /** Prompts; default 64. */
  readonly count?: number;
}

/** Draws prompts about scenes such as the run's and judges the pictures by what `checkScene` sees. */
export async function judgePrompts(
  { prepared, samplers }: Pick<RunInTraining, "prepared" | "samplers">,
  { count: judged = 64, onProgress }: JudgePromptsOptions = {},
): Promise<JudgedPrompts> {
  const { config, conditioner } = prepared;
  const { size, layout } = config.image;
  // another seed than the training and the held-out scenes have
  const asked = heldOutPrompts({ count: judged, size, layout, seed: config.seed + 2 });
  const sampler = await samplers.sampler(config.sampler, { batchSize: Math.min(64, judged) });
  const { images } = await sampler.draw({
    request: conditioner.parse({ text: asked.map(({ prompt }) => prompt) }),
    count: judged,
    seed: config.seed,
    onProgress: ({ samples }) => onProgress?.({ stage: "judge", done: samples, total: judged }),
  });
  onProgress?.({ stage: "judge", done: judged, total: judged });
  return { verdict: verdictOf(asked, images), images };
}

/** What pictures [N,3,H,W] carry of the prompts that they were asked for, and of those of others. */
export function verdictOf(asked: readonly HeldOutPrompt[], images: NDArray<"f32">): PromptVerdict {
  const pictures = rowsOf(images);
  const count = asked.length;
  const judge = ({ prompt }: HeldOutPrompt, image: NDArray<"f32"> | undefined): Judgement =>
    judgePrompt(prompt, image as NDArray<"f32">);
  const share = (of: readonly Judgement[]): Share => shareOf(of.filter(({ carried }) => carried).length, of.length);
  const own = asked.map((one, i) => judge(one, pictures[i]));
  return {
    carried: share(own),
    shuffled: share(asked.map((one, i) => judge(one, pictures[(i + count / 2) % count]))),
    ceiling: share(asked.map((one) => judge(one, renderScene(one.scene)))),
    tasks: tasksOf(own),
    prompts: asked.map(({ prompt }, i) => ({ prompt, carried: own[i]?.carried === true })),
  };
}

function tasksOf(judgements: readonly Judgement[]): Record<string, Share> {
  const { tasks } = taskTable(judgements.map((judgement) => judgement.tasks));
  return Object.fromEntries(tasks.map(({ task, solved, count }) => [task, shareOf(solved, count)]));
}

const rowsOf = ({ data, shape: [count = 0, ...image] }: NDArray<"f32">): NDArray<"f32">[] => {
  const size = data.length / count;
  return Array.from({ length: count }, (_, i) => array(data.subarray(i * size, (i + 1) * size), image));
};
