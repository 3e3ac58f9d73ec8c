import { pictures } from "../cells/pictures.ts";
import type { Study } from "../frame/study.ts";
import { pictureCounts, pictureMetrics, sceneNotes, sceneSizes } from "./scene-runs.ts";

const repa = { "objective.repa.depth": 2 };

/** Table 2 middle: the snippet and REPA, each alone and together. */
export const repaStudy: Study = {
  name: "repa",
  about: "REPA and snippets, two by two",
  where: "Table 2 middle, Table 9",
  cell: pictures,
  configurations: {
    gmem: { about: "snippets", settings: { run: { "conditioner.kind": "memory-bank" } } },
    "gmem-repa": { about: "snippets and REPA", settings: { run: { "conditioner.kind": "memory-bank", ...repa } } },
    class: { about: "class table", settings: { run: { "conditioner.kind": "class-table" } } },
    "class-repa": { about: "class table and REPA", settings: { run: { "conditioner.kind": "class-table", ...repa } } },
  },
  sizes: sceneSizes(pictureCounts),
  metrics: pictureMetrics,
  claims: [
    {
      text: "Snippets help without REPA and with it",
      where: "Table 2 (2.17 → 1.58 and 1.84 → 1.53)",
      rule: [
        { less: ["gmem", "distance"], more: ["class", "distance"] },
        { less: ["gmem-repa", "distance"], more: ["class-repa", "distance"] },
      ],
    },
    {
      text: "REPA helps on top of snippets",
      where: "Table 2 (1.58 → 1.53)",
      rule: [{ less: ["gmem-repa", "distance"], more: ["gmem", "distance"] }],
    },
  ],
  paper: [
    {
      what: "FID, LightningDiT-XL/1 (160 epochs; class without REPA 800)",
      values: { gmem: 1.58, "gmem-repa": 1.53, class: 2.17, "class-repa": 1.84 },
    },
  ],
  notes: sceneNotes,
};
