import { pictures } from "../cells/pictures.ts";
import type { Study } from "../frame/study.ts";
import { pictureCounts, pictureMetrics, sceneNotes, sceneSizes } from "./scene-runs.ts";

const { distance, adherence } = pictureMetrics;

/** Appendix C and Table 11: a bank as SVD factors. */
export const svd: Study = {
  name: "svd",
  about: "The bank compressed to SVD factors after training",
  where: "App. C, Table 11",
  cell: pictures,
  configurations: {
    full: { about: "all 256 dimensions", settings: {} },
    "rank-171": { about: "two thirds of them, as 512 of 768", settings: { memory: { rank: 171 } } },
    "rank-64": { about: "a quarter", settings: { memory: { rank: 64 } } },
    "rank-16": { about: "a sixteenth", settings: { memory: { rank: 16 } } },
    "rank-4": { about: "four dimensions", settings: { memory: { rank: 4 } } },
  },
  sizes: sceneSizes(pictureCounts),
  metrics: { distance, adherence },
  claims: [
    {
      text: "SVD compression does not hurt",
      where: "Table 11 (5.70 with, 5.85 without)",
      rule: [
        { less: ["rank-171", "distance"], more: ["full", "distance"], factor: 1.05 },
        { less: ["full", "adherence"], more: ["rank-171", "adherence"], plus: 0.03 },
      ],
    },
    {
      text: "A rank that is too small does hurt",
      where: "App. C keeps the leading directions",
      rule: [{ less: ["full", "distance"], more: ["rank-4", "distance"], factor: 0.95 }],
    },
  ],
  paper: [{ what: "FID, LightningDiT-B/1, 64 epochs", values: { full: 5.85, "rank-171": 5.7 } }],
  notes: [...sceneNotes, "One network for all ranks; the paper trains with the compressed bank."],
};
