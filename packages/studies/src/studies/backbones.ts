import { pictures } from "../cells/pictures.ts";
import type { Study } from "../frame/study.ts";
import { pictureCounts, pictureMetrics, sceneNotes, sceneSizes } from "./scene-runs.ts";

const of = (kind: string, conditioner: string): Study["configurations"][string] => ({
  about: `${kind}, ${conditioner}`,
  settings: { run: { "backbone.kind": kind, "conditioner.kind": conditioner } },
});

/** Table 12: the gain over other networks. */
export const backbones: Study = {
  name: "backbones",
  about: "Snippet against class table with another network",
  where: "Table 12",
  cell: pictures,
  configurations: {
    "sit-gmem": of("sit", "memory-bank"),
    "sit-class": of("sit", "class-table"),
    "lightning-dit-gmem": of("lightning-dit", "memory-bank"),
    "lightning-dit-class": of("lightning-dit", "class-table"),
  },
  sizes: sceneSizes(pictureCounts),
  metrics: pictureMetrics,
  claims: [
    {
      text: "Snippets help every network: loss",
      where: "Table 12",
      rule: [
        { less: ["sit-gmem", "noisyLoss"], more: ["sit-class", "noisyLoss"] },
        { less: ["lightning-dit-gmem", "noisyLoss"], more: ["lightning-dit-class", "noisyLoss"] },
      ],
    },
    {
      text: "and distance",
      where: "Table 12",
      rule: [
        { less: ["sit-gmem", "distance"], more: ["sit-class", "distance"] },
        { less: ["lightning-dit-gmem", "distance"], more: ["lightning-dit-class", "distance"] },
      ],
    },
  ],
  paper: [
    { what: "FID, SiT-L/2 and LightningDiT-B/1, 64 epochs", values: { "sit-gmem": 6.49, "lightning-dit-gmem": 5.7 } },
  ],
  notes: sceneNotes,
};
