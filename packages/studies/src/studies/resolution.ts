import { pictures } from "../cells/pictures.ts";
import type { Study } from "../frame/study.ts";
import { pictureCounts, pictureMetrics, sceneNotes, sceneSizes } from "./scene-runs.ts";

/** Patches of 48 values, as those of other studies. The mean of four pixels has half of their noise, which a shift of times makes up for. */
const large = { "image.size": 32, "backbone.patchSize": 4, "objective.time.shift": 4, "sampler.shift": 4 };
const small = { "image.size": 16, "backbone.patchSize": 2, "objective.time.shift": 2, "sampler.shift": 2 };

/** G.4 and Table 10: a network moved to twice the resolution at the same number of tokens. */
export const resolution: Study = {
  name: "resolution",
  about: "A network of 16 pixels goes on at 32, with patches of twice the side",
  where: "G.4, Table 10",
  cell: pictures,
  configurations: {
    moved: {
      about: "all steps at 16 pixels, a quarter more at 32",
      settings: { run: large, start: small, share: 0.25 },
    },
    scratch: { about: "a quarter of the steps at 32 pixels from nothing", settings: { run: large, share: 0.25 } },
    whole: { about: "all steps at 32 pixels from nothing", settings: { run: large } },
  },
  sizes: sceneSizes(pictureCounts),
  metrics: pictureMetrics,
  claims: [
    {
      text: "Resolution transfers: after equal steps at the new one the moved network is better than a new one",
      where: "G.4",
      rule: [
        { less: ["moved", "noisyLoss"], more: ["scratch", "noisyLoss"] },
        { less: ["moved", "distance"], more: ["scratch", "distance"] },
      ],
    },
    {
      text: "A fraction of the steps is enough: it is within a tenth of all steps at the new resolution",
      where: "Table 10 (0.3 epochs against 274)",
      rule: [{ less: ["moved", "distance"], more: ["whole", "distance"], factor: 1.1 }],
    },
  ],
  paper: [
    {
      what: "FID-10K on FFHQ 1024², GMem after 0.3 epochs, Score-SDE after 274",
      values: { moved: 11.57, whole: 52.4 },
    },
  ],
  notes: [
    ...sceneNotes,
    "The same scenes at both sizes; the paper moves to another set of pictures at the same time. At 32 pixels times are shifted by 4 in place of 2, for all three, so that losses are of the same times.",
  ],
};
