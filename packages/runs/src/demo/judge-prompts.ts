import { type HeldOutPrompt, heldOutPrompts, judgePrompt, renderScene } from "@gmem/datasets/scenes";
import { array, type NDArray } from "@gmem/tensor";
import type { OnProgress } from "../progress.ts";
import type { RunInTraining } from "../train/train-run.ts";
import { type Share, shareOf } from "./adherence.ts";

const judged = 128;

/** How well samples carry what they were asked, each share over {@link judged} prompts that name unseen combinations. */
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
  const pictures = rowsOf(images);
  const carries = (at: (i: number) => NDArray<"f32">): Share =>
    shareOf(asked.filter(({ prompt }, i) => judgePrompt(prompt, at(i)).carried).length, judged);
  const carried = carries((i) => pictures[i] as NDArray<"f32">);
  onProgress?.({ stage: "judge", done: judged, total: judged });
  return {
    carried,
    shuffled: carries((i) => pictures[(i + judged / 2) % judged] as NDArray<"f32">),
    ceiling: carries((i) => renderScene((asked[i] as HeldOutPrompt).scene)),
    tasks: tasksOf(asked, pictures),
  };
}

function tasksOf(asked: readonly HeldOutPrompt[], pictures: readonly NDArray<"f32">[]): Record<string, Share> {
  const found = new Map<string, boolean[]>();
  for (const [i, { prompt }] of asked.entries())
    for (const [task, solved] of Object.entries(judgePrompt(prompt, pictures[i] as NDArray<"f32">).tasks))
      found.set(task, [...(found.get(task) ?? []), solved]);
  return Object.fromEntries(
    [...found].map(([task, solved]) => [task, shareOf(solved.filter(Boolean).length, solved.length)]),
  );
}

const rowsOf = ({ data, shape: [count = 0, ...image] }: NDArray<"f32">): NDArray<"f32">[] => {
  const size = data.length / count;
  return Array.from({ length: count }, (_, i) => array(data.subarray(i * size, (i + 1) * size), image));
};
