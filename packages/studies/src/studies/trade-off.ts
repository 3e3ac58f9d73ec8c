import { pictures } from "../cells/pictures.ts";
import type { Study } from "../frame/study.ts";
import { pictureCounts, pictureMetrics, sceneNotes, sceneSizes } from "./scene-runs.ts";

const of = (hiddenSize: number, share: number): Study["configurations"][string] => ({
  about: `width ${hiddenSize}, ${100 * share} % of the rows`,
  settings: { run: { "backbone.hiddenSize": hiddenSize }, memory: { share } },
});

/** G.5: rows of the bank in place of parameters. A patch has 48 values: what is narrower than 64 has no room for anything else. */
export const tradeOff: Study = {
  name: "trade-off",
  about: "A wide network with few rows against a narrow one with many",
  where: "§ 5.5, G.5",
  cell: pictures,
  configurations: {
    "narrow-many": of(64, 1),
    "wide-few": of(96, 0.02),
    "narrow-few": of(64, 0.02),
    "wide-many": of(96, 1),
  },
  sizes: sceneSizes(pictureCounts),
  metrics: { distance: pictureMetrics.distance },
  claims: [
    {
      text: "Rows stand in for parameters: a narrow network with the whole bank is as good as a wide one with a fiftieth",
      where: "G.5 (2,000 snippets for about a million parameters)",
      rule: [{ less: ["narrow-many", "distance"], more: ["wide-few", "distance"] }],
    },
  ],
  paper: [],
  notes: sceneNotes,
};
