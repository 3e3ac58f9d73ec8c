import { addedStyles } from "../cells/added-styles.ts";
import type { Inequality, Study } from "../frame/study.ts";
import { drawingNotes, drawingSizes, unseenStyles } from "./drawing-runs.ts";

const inEach = (less: string, more: string, by: Pick<Inequality, "factor" | "plus"> = {}): Inequality[] =>
  unseenStyles.map((style) => ({ less: [less, style], more: [more, style], ...by }));

/** § 5.3 and H.2: what a network draws after pictures of a kind that it never saw were added to its bank. */
export const adaptation: Study = {
  name: "adaptation",
  about: "Two styles left out of training, twenty drawings of each added to the bank, nothing trained",
  where: "§ 5.3, H.2",
  cell: addedStyles,
  configurations: {
    added: { about: "pictures of the rows that were added", settings: { from: "added" } },
    before: { about: "pictures of the run's own rows: how often they are taken for it", settings: { from: "bank" } },
    real: { about: "other real drawings of the style: what the votes can tell", settings: { from: "real" } },
  },
  sizes: drawingSizes({
    quick: { added: 20, count: 120, unseen: unseenStyles },
    full: { added: 20, count: 240, unseen: unseenStyles },
  }),
  metrics: {
    "fluent-emoji-flat": { about: "share that is voted flat", better: "more" },
    "fluent-emoji-high-contrast": { about: "share that is voted black on white", better: "more" },
  },
  claims: [
    {
      text: "Editing the bank is enough: pictures of added rows are taken for the style more often than before, by a twentieth",
      where: "§ 5.3 (“zero-shot transfer”)",
      rule: inEach("before", "added", { plus: -0.05 }),
    },
    {
      text: "and half as often as real drawings of it are",
      where: "§ 5.3; the paper has FID alone (FFHQ 8.65 at 0 steps)",
      rule: inEach("real", "added", { factor: 2 }),
    },
  ],
  paper: [],
  notes: [
    ...drawingNotes,
    "Five nearest real drawings vote, equally many of each of four styles; drawings of the concepts that were added have no vote.",
    "The paper gives FID of whole data sets; those numbers are beside the study fine-tuning.",
  ],
};
