import { pictures } from "../cells/pictures.ts";
import type { Study, StudySize } from "../frame/study.ts";
import { pictureCounts, pictureMetrics, sceneNotes, sceneSizes } from "./scene-runs.ts";

/** What the network knows, and two domains that it does not: a near one, and one without colours or the same things. */
const home = { data: "scenes", "image.layout": "centred", "image.count": 2000 };
const near = { data: "scenes", "image.layout": "free", "image.count": 2000 };
const grey = { data: "drawings:fluent-emoji-high-contrast" };

const quarter = 0.25;

/** Drawings have no number of scenes: each domain says its own. */
const withoutCount = ({ settings, ...rest }: StudySize): StudySize => {
  const { "image.count": _, ...run } = settings.run as Readonly<Record<string, string | number>>;
  return { ...rest, settings: { ...settings, run } };
};
const { quick, full } = sceneSizes(pictureCounts);

/** § 5.3, H.2, Table 2 left and Table 14: a network moved to another domain with a bank of its pictures. */
export const fineTuning: Study = {
  name: "fine-tuning",
  about:
    "A network of centred scenes goes on with objects anywhere, and with drawings in black on white, by a bank of those",
  where: "§ 5.3, H.2, Table 2 left, Table 14",
  cell: pictures,
  configurations: {
    zero: { about: "objects anywhere: their bank, no step", settings: { run: home, domain: near } },
    tuned: { about: "after a quarter of the steps", settings: { run: near, start: home, share: quarter } },
    scratch: { about: "a quarter of the steps from nothing", settings: { run: near, share: quarter } },
    whole: { about: "all steps from nothing", settings: { run: near } },
    "grey-zero": { about: "black on white: their bank, no step", settings: { run: home, domain: grey } },
    "grey-tuned": { about: "after a quarter of the steps", settings: { run: grey, start: home, share: quarter } },
    "grey-scratch": { about: "a quarter of the steps from nothing", settings: { run: grey, share: quarter } },
  },
  sizes: { quick: withoutCount(quick), full: withoutCount(full) },
  metrics: { distance: pictureMetrics.distance, noisyLoss: pictureMetrics.noisyLoss, loss: pictureMetrics.loss },
  claims: [
    {
      text: "A bank of the other domain is nearly enough: without a step the network is better than a new one of many",
      where: "Table 2 left (8.65 at 0 steps, DiT 12.86)",
      rule: [{ less: ["zero", "distance"], more: ["scratch", "distance"] }],
    },
    {
      text: "Fine-tuning improves on it, near and far",
      where: "Table 2 left (8.65, then 6.62), Table 14 (40.92, then 32.17)",
      rule: [
        { less: ["tuned", "distance"], more: ["zero", "distance"] },
        { less: ["grey-tuned", "distance"], more: ["grey-zero", "distance"] },
      ],
    },
    {
      text: "After equal steps it is better than training from nothing",
      where: "§ 5.3",
      rule: [{ less: ["tuned", "noisyLoss"], more: ["scratch", "noisyLoss"] }],
    },
    {
      text: "also in a domain that is far away",
      where: "Table 14 (32.17, trained from nothing 35.32)",
      rule: [
        { less: ["grey-tuned", "noisyLoss"], more: ["grey-scratch", "noisyLoss"] },
        { less: ["grey-tuned", "distance"], more: ["grey-scratch", "distance"] },
      ],
    },
  ],
  paper: [
    { what: "FID on FFHQ, GMem at 0 and 20K steps", values: { zero: 8.65, tuned: 6.62 } },
    {
      what: "FID on ACDC, GMem at 0 and 20K steps, SD 1.4",
      values: { "grey-zero": 40.92, "grey-tuned": 32.17, "grey-scratch": 35.32 },
    },
  ],
  notes: [
    ...sceneNotes,
    "Near: the same shapes and colours elsewhere. Far: emoji of the set fluent-emoji-high-contrast, which has neither colours nor shades. The encoder stays the one of the centred scenes, but for networks from nothing, which have their own.",
    "Losses of a network that goes on and of one with another encoder are of different conditions; distances compare.",
  ],
};
