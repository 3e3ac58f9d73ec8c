import { pictures } from "../cells/pictures.ts";
import type { Study } from "../frame/study.ts";
import { pictureCounts, pictureMetrics, sceneNotes, sceneSizes } from "./scene-runs.ts";

/** E.2: a class-conditional network turned into GMem by a quarter of its steps. */
export const ditToGmem: Study = {
  name: "dit-to-gmem",
  about: "A trained class-conditional network goes on with a memory bank",
  where: "E.2, Figure 8",
  cell: pictures,
  configurations: {
    classes: {
      about: "the network with a class table, all steps",
      settings: { run: { "conditioner.kind": "class-table" } },
    },
    converted: {
      about: "the same, a quarter of the steps more with a bank",
      settings: { start: { "conditioner.kind": "class-table" }, share: 0.25 },
    },
    scratch: { about: "with a bank, a quarter of the steps from nothing", settings: { share: 0.25 } },
    whole: { about: "with a bank, all steps from nothing", settings: {} },
  },
  sizes: sceneSizes(pictureCounts),
  metrics: pictureMetrics,
  claims: [
    {
      text: "Pre-training carries over: after equal steps with a bank the converted network is better than a new one",
      where: "E.2",
      rule: [
        { less: ["converted", "noisyLoss"], more: ["scratch", "noisyLoss"] },
        { less: ["converted", "distance"], more: ["scratch", "distance"] },
      ],
    },
    {
      text: "It recovers the distance of the network that it came from",
      where: "E.2 (5.52 after 10K steps, against 5.90)",
      rule: [{ less: ["converted", "distance"], more: ["classes", "distance"] }],
    },
    {
      text: "It reaches what training with a bank from nothing reaches, within a twentieth",
      where: "E.2 (after 20K steps that of 400K)",
      rule: [{ less: ["converted", "noisyLoss"], more: ["whole", "noisyLoss"], factor: 1.05 }],
    },
  ],
  paper: [{ what: "FID, SiT-XL/2 with REPA, after 10K steps", values: { classes: 5.9, converted: 5.52 } }],
  notes: [
    ...sceneNotes,
    "A class is the shape of the main object. The paper converts in a two-hundredth of the steps; a quarter here.",
  ],
};
