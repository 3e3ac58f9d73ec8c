import { encodePng } from "@gmem/datasets/png";
import { captionedPictures } from "@gmem/report";
import { type PromptVerdict, percent } from "@gmem/runs/demo";
import { array, type NDArray, takeRows } from "@gmem/tensor";

const most = 32;

/** Of a report. */
export interface PromptPictures {
  readonly title: string;
  readonly svg: string;
}

/** What was drawn for prompts [N,3,H,W], each picture above its prompt and whether it carries it; the first 32. */
export async function promptPictures({ prompts }: PromptVerdict, images: NDArray<"f32">): Promise<PromptPictures> {
  const pictures = await Promise.all(
    prompts.slice(0, most).map(async ({ prompt, carried }, i) => {
      const { data, shape } = takeRows(images, [i]);
      return { png: await encodePng(array(data, shape.slice(1))), caption: prompt, isRight: carried };
    }),
  );
  return { title: "prompts that training never saw", svg: captionedPictures(pictures) };
}

/** What is said of the prompts that a run was judged by. */
export const promptFacts = ({ carried, shuffled, ceiling, tasks }: PromptVerdict): Record<string, string> => ({
  "prompts carried": percent(carried),
  "prompts carried, ceiling: real scenes of them": percent(ceiling),
  "prompts carried, shuffled": percent(shuffled),
  ...Object.fromEntries(Object.entries(tasks).map(([task, share]) => [`prompts, ${task}`, percent(share)])),
});
