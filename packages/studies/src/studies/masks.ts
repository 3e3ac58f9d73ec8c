import { pictures } from "../cells/pictures.ts";
import type { Study } from "../frame/study.ts";
import { pictureCounts, pictureMetrics, sceneNotes, sceneSizes } from "./scene-runs.ts";

const masked = (kind: "zero" | "noise" | "random", p: number): Study["configurations"][string] => ({
  about: `${kind}, p = ${p}`,
  settings: { run: { "objective.mask.kind": kind, "objective.mask.p": p } },
});

/** G.5 and Table 11: what is done to snippets in training. */
export const masks: Study = {
  name: "masks",
  about: "Masks of snippets in training",
  where: "G.5, Table 11",
  cell: pictures,
  configurations: {
    none: masked("zero", 0),
    "zero-0.3": masked("zero", 0.3),
    "zero-0.4": masked("zero", 0.4),
    "noise-0.4": masked("noise", 0.4),
    "random-0.4": masked("random", 0.4),
  },
  sizes: sceneSizes(pictureCounts),
  metrics: pictureMetrics,
  claims: [
    {
      text: "Zeroing 40 % of a snippet is better than no mask",
      where: "Table 11 (5.70 against 6.28)",
      rule: [{ less: ["zero-0.4", "distance"], more: ["none", "distance"] }],
    },
    {
      text: "Zeroing is better than noise",
      where: "Table 11 (5.70 against 6.79)",
      rule: [{ less: ["zero-0.4", "distance"], more: ["noise-0.4", "distance"] }],
    },
    {
      text: "Zeroing is better than replacing entries by noise, and a share of 0.4 better than 0.3",
      where: "Table 11 (5.70 against 6.62 and 5.75)",
      rule: [
        { less: ["zero-0.4", "distance"], more: ["random-0.4", "distance"] },
        { less: ["zero-0.4", "distance"], more: ["zero-0.3", "distance"] },
      ],
    },
    {
      text: "A mask helps with snippets that training never saw",
      where: "§ 4.1 (“To prevent overfitting to specific snippets”)",
      rule: [{ less: ["none", "adherence"], more: ["zero-0.4", "adherence"] }],
    },
  ],
  paper: [
    {
      what: "FID, LightningDiT-B/1, 64 epochs",
      values: { none: 6.28, "zero-0.3": 5.75, "zero-0.4": 5.7, "noise-0.4": 6.79, "random-0.4": 6.62 },
    },
  ],
  notes: sceneNotes,
};
