import { pictures } from "../cells/pictures.ts";
import type { Study } from "../frame/study.ts";
import { pictureCounts, pictureMetrics, sceneNotes, sceneSizes } from "./scene-runs.ts";

const picked = (pick: "random" | "average", perClass: number): Study["configurations"][string] => ({
  about: pick === "random" ? `${perClass} of each class's snippets` : "the mean of each class's snippets",
  settings: { memory: { pick, perClass } },
});

/** E.1 and Table 4: a bank cut down to k snippets a class. */
export const randomK: Study = {
  name: "random-k",
  about: "GMem as a class-conditional model: k snippets a class, without training",
  where: "E.1, Table 4",
  cell: pictures,
  configurations: {
    "average-1": picked("average", 1),
    "random-1": picked("random", 1),
    "random-5": picked("random", 5),
    "random-13": picked("random", 13),
    full: { about: "the whole bank", settings: {} },
  },
  sizes: sceneSizes(pictureCounts),
  metrics: { distance: pictureMetrics.distance },
  claims: [
    {
      text: "Random@k comes nearer to the whole bank as k grows",
      where: "Table 4",
      rule: [
        { less: ["random-5", "distance"], more: ["random-1", "distance"] },
        { less: ["random-13", "distance"], more: ["random-5", "distance"] },
        { less: ["full", "distance"], more: ["random-13", "distance"] },
      ],
    },
    {
      text: "Of one snippet a class the mean is better than a random one",
      where: "Table 4, LightningDiT-B; the other way for XL",
      rule: [{ less: ["average-1", "distance"], more: ["random-1", "distance"] }],
    },
  ],
  paper: [
    {
      what: "FID, LightningDiT-B/1",
      values: { "average-1": 8.92, "random-1": 10.62, "random-5": 7.75, "random-13": 7.48, full: 6.96 },
    },
    {
      what: "FID, LightningDiT-XL/1",
      values: { "average-1": 12.27, "random-1": 7.62, "random-5": 4.15, "random-13": 3.41 },
    },
  ],
  notes: [...sceneNotes, "A class is the shape of the main object; colours differ within one."],
};
