import { pictures } from "../cells/pictures.ts";
import type { Study } from "../frame/study.ts";
import { pictureCounts, pictureMetrics, sceneNotes, sceneSizes } from "./scene-runs.ts";

const domain = { "image.layout": "free" };

/** § 5.3, H.2 and Table 2 left: a network moved to another domain with a bank of its pictures. */
export const fineTuning: Study = {
  name: "fine-tuning",
  about: "A network of centred scenes goes on with objects anywhere, by a bank of those",
  where: "§ 5.3, H.2, Table 2 left",
  cell: pictures,
  configurations: {
    early: {
      about: "the other domain's bank after a fiftieth of the steps",
      settings: { run: domain, start: { "image.layout": "centred" }, share: 0.02 },
    },
    tuned: {
      about: "after a quarter of the steps",
      settings: { run: domain, start: { "image.layout": "centred" }, share: 0.25 },
    },
    scratch: { about: "a quarter of the steps from nothing", settings: { run: domain, share: 0.25 } },
    whole: { about: "all steps from nothing", settings: { run: domain } },
  },
  sizes: sceneSizes(pictureCounts),
  metrics: { distance: pictureMetrics.distance, noisyLoss: pictureMetrics.noisyLoss, loss: pictureMetrics.loss },
  claims: [
    {
      text: "A bank of the other domain is nearly enough: at once the network is better than a new one of far more steps",
      where: "Table 2 left (8.65 at 0 steps, DiT 12.86)",
      rule: [{ less: ["early", "distance"], more: ["scratch", "distance"] }],
    },
    {
      text: "Fine-tuning improves on it",
      where: "Table 2 left (8.65, then 6.62)",
      rule: [{ less: ["tuned", "distance"], more: ["early", "distance"] }],
    },
    {
      text: "After equal steps it is better than training from nothing",
      where: "§ 5.3",
      rule: [{ less: ["tuned", "noisyLoss"], more: ["scratch", "noisyLoss"] }],
    },
  ],
  paper: [{ what: "FID on FFHQ, GMem at 0 and 20K steps", values: { early: 8.65, tuned: 6.62 } }],
  notes: [
    ...sceneNotes,
    "A near domain alone: the same shapes and colours elsewhere. A grey-scale one is not among the scenes. The paper's first number is at 0 steps; a fiftieth of the steps is the least that a run makes here.",
  ],
};
