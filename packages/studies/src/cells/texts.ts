import { runFolder } from "@gmem/runs";
import { judgePrompts } from "@gmem/runs/demo";
import { GMemError } from "@gmem/tensor";
import type { CellContext, CellKind } from "../frame/cell-kind.ts";
import { runConfig, type TrainedRunSettings, withTrainedRun } from "../trained/trained-run.ts";

export interface TextsSettings extends TrainedRunSettings {
  /** Pictures with captions; the first ones. */
  readonly captioned: number;
  /**
   * `captions`: one training from nothing, network and adapter together, on the captioned pictures alone, of `wholeSteps`.
   * `pictures`: the steps of `run` on all pictures without captions, then `textSteps` on the captioned ones.
   */
  readonly learn: "captions" | "pictures";
  readonly textSteps: number;
  readonly wholeSteps: number;
  /** What reads sentences, and how their vectors become a condition. */
  readonly words: TrainedRunSettings["run"];
  /** How the second stage learns. */
  readonly text: TrainedRunSettings["run"];
  /** Sentences about combinations that no training picture shows. */
  readonly prompts: number;
}

/** Text to image by two stages beside one (§ 5.4): what share of sentences a run draws, by what the checker of scenes sees. */
export const texts: CellKind = {
  name: "texts",
  async compute(given, context) {
    const { prompts, ...settings } = given as unknown as TextsSettings;
    return withTrainedRun(await textRun(settings, context), context, async ({ run }) => {
      const { signal, onProgress } = context;
      const { verdict } = await judgePrompts(run, {
        count: prompts,
        ...(signal && { signal }),
        ...(onProgress && { onProgress }),
      });
      const { carried, shuffled, ceiling } = verdict;
      return { carried: carried.share, shuffled: shuffled.share, ceiling: ceiling.share };
    });
  },
};

/** Settings of the run that draws texts, with its first stage trained and named where there is one. */
async function textRun(
  { preset, run, captioned, learn, textSteps, wholeSteps, words, text }: Omit<TextsSettings, "prompts">,
  context: CellContext,
): Promise<TrainedRunSettings> {
  if (context.data !== undefined)
    throw new GMemError(
      "CONFIG",
      `study: is of drawn scenes and their sentences, got data=${context.data}; leave data out`,
    );
  const few = { "image.count": captioned, "conditioner.kind": "t2s", ...words };
  if (learn === "captions")
    return { preset, run: { ...run, ...few, ...stepsOf(wholeSteps), "conditioner.loss": "end-to-end" } };
  const first: TrainedRunSettings = { preset, run };
  await withTrainedRun(first, context, async () => {});
  const start = runFolder(await runConfig(first, context));
  return {
    preset,
    run: { ...run, ...few, ...text, ...stepsOf(textSteps), "start.run": start },
  };
}

const stepsOf = (steps: number): TrainedRunSettings["run"] => ({ steps, checkpointEvery: steps });
