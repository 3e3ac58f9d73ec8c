import { type HeldOutPrompt, heldOutPrompts, type Judgement, judgePrompt, renderScene } from "@gmem/datasets/scenes";
import { taskTable } from "@gmem/metrics";
import { array, type NDArray } from "@gmem/tensor";
import type { OnProgress } from "../progress.ts";
import type { RunInTraining } from "../train/train-run.ts";
import { type Share, shareOf } from "./adherence.ts";

const judged = 64;

/** How well samples carry what they were asked, each share over 64 prompts that name unseen combinations. */
export interface PromptVerdict {
  /** Everything that is asked for at once. */
  readonly carried: Share;
  /** The same, each picture held against the prompt of another one. */
  readonly shuffled: Share;
  /** What the judge says of scenes that carry the prompts. */
  readonly ceiling: Share;
  /** The tasks of GenEval, each over the prompts that it is asked of. */
  readonly tasks: Readonly<Record<string, Share>>;
}

/** Draws prompts about scenes and judges the pictures by what `checkScene` sees. */
export async function judgePrompts(
  { prepared, samplers }: Pick<RunInTraining, "prepared" | "samplers">,
  onProgress?: OnProgress,
): Promise<PromptVerdict> {
  const { config, conditioner } = prepared;
  // another seed than the training and the held-out scenes have
  const asked = heldOutPrompts({ count: judged, size: config.image.size, seed: config.seed + 2 });
  const sampler = await samplers.sampler(config.sampler, { batchSize: 64 });
  const { images } = await sampler.draw({
    request: conditioner.parse({ text: asked.map(({ prompt }) => prompt) }),
    count: judged,
    seed: config.seed,
    onProgress: ({ samples }) => onProgress?.({ stage: "judge", done: samples, total: judged }),
  });
  onProgress?.({ stage: "judge", done: judged, total: judged });
  return verdictOf(asked, images);
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
