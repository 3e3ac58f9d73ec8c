import { needsOf, type RunConfig, type RunInTraining, type WorkOptions } from "@gmem/runs";
import {
  type ConceptVerdict,
  type DrawingsVerdict,
  judgeDrawings,
  judgePrompts,
  namedDrawings,
  type PromptVerdict,
  percent,
} from "@gmem/runs/demo";
import { type PromptPictures, promptFacts, promptPictures } from "./prompt-pictures.ts";

/** How well a run draws what it is asked for. */
export interface RunVerdict {
  /** For the terminal and the report. */
  readonly facts: Readonly<Record<string, string>>;
  /** For the report. */
  readonly pictures?: PromptPictures;
  /** For `--json`. */
  readonly verdict: { readonly prompts: PromptVerdict } | { readonly drawings: DrawingsVerdict };
}

/** Judges a run after its last step, where its data says what a picture shows: scenes by their texts, and drawings. */
export function judgeOf(
  config: RunConfig,
): ((training: RunInTraining, work: WorkOptions) => Promise<RunVerdict>) | undefined {
  const needs = needsOf(config.conditioner);
  if (config.data === "scenes" && needs.text)
    return async ({ prepared, samplers }, work) => {
      const { verdict, images } = await judgePrompts({ ...prepared, sampler: samplers.sampler }, work);
      return {
        facts: promptFacts(verdict),
        pictures: await promptPictures(verdict, images),
        verdict: { prompts: verdict },
      };
    };
  if (namedDrawings(String(config.data)) && (needs.text || needs.snippets))
    return async ({ prepared, samplers, files }, work) => {
      const drawings = await judgeDrawings({ ...prepared, files, sampler: samplers.sampler }, work);
      return { facts: drawingFacts(drawings), verdict: { drawings } };
    };
  return undefined;
}

const drawingFacts = ({
  trained,
  heldOutPairs,
  heldOutConcepts,
  shuffled,
}: DrawingsVerdict): Record<string, string> => ({
  "nearest concept, trained drawings": concepts(trained),
  "nearest concept, held-out pairs of concept and style": concepts(heldOutPairs),
  "nearest concept, unseen concepts": concepts(heldOutConcepts),
  "nearest concept, shuffled": concepts(shuffled),
});

const concepts = ({ nearest, amongFive, group }: ConceptVerdict): string =>
  `${percent(nearest)}; among the five nearest ${short(amongFive.share)}; of the right group ${short(group.share)}`;

const short = (share: number): string => `${(100 * share).toFixed(1)} %`;
