import { pictures } from "../cells/pictures.ts";
import type { Study } from "../frame/study.ts";
import { pictureCounts, pictureMetrics, sceneNotes, sceneSizes } from "./scene-runs.ts";

/** Table 2 right: how many rows a bank needs when it is drawn from. */
export const capacity: Study = {
  name: "capacity",
  about: "Rows of the bank while drawing; the network stays",
  where: "Table 2 right, § 5.5, G.5",
  cell: pictures,
  configurations: {
    all: { about: "every training picture", settings: {} },
    half: { about: "half of the rows", settings: { memory: { share: 0.5 } } },
    tenth: { about: "a tenth", settings: { memory: { share: 0.1 } } },
    hundredth: { about: "a hundredth", settings: { memory: { share: 0.01 } } },
    thousandth: { about: "two rows (full: five)", settings: { memory: { share: 0.001 } } },
  },
  sizes: sceneSizes(pictureCounts),
  metrics: { distance: pictureMetrics.distance },
  claims: [
    {
      text: "More rows are better",
      where: "§ 5.5 (“monotonic FID improvements with larger banks”)",
      rule: [
        { less: ["tenth", "distance"], more: ["hundredth", "distance"] },
        { less: ["hundredth", "distance"], more: ["thousandth", "distance"] },
      ],
    },
    {
      text: "Returns diminish: half of the rows are nearly as good as all",
      where: "§ 5.5, Table 11 (5.72 with half, 5.70)",
      rule: [{ less: ["half", "distance"], more: ["all", "distance"], factor: 1.05 }],
    },
  ],
  paper: [{ what: "FID, LightningDiT-B/1, 64 epochs", values: { all: 5.7, half: 5.72 } }],
  notes: sceneNotes,
};
